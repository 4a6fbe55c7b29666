"""A DROP of something that holds no rows of an application."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger
from deploy.checking.risk.rules.reading.work import drops
from deploy.checking.risk.safe_forms import tables
from deploy.checking.risk.safe_forms.drops import drop_sqls, named_drops
from deploy.checking.statements import Statement
from deploy.checking.statements.rewriting import restricted
from deploy.checking.statements.views import DropObjects
from deploy.model.risk import RiskLevel

# What a statement can drop by its name, before the thing that it depends on; its parts go with it.
GO_BY_NAME = ("table", "table column", "view", "materialized view", "trigger", "function", "policy")


def drop_of(
    statement: Statement, circumstances: Circumstances, kinds: AbstractSet[str], goes_too: str, loses: str = ""
) -> Iterator[Danger]:
    """High, because running code may use it; very high where data goes with it (CASCADE drops columns).

    Args:
        kinds: the grammar's kinds of object.
        goes_too: what CASCADE takes with it.
        loses: what is lost without CASCADE.
    """
    dropped = statement.view
    if not isinstance(dropped, DropObjects) or dropped.kind not in kinds:
        return
    names = dropped.names
    if names and all(circumstances.is_new(name) for name in names):
        return
    word, told = dropped.word, ", ".join(names)
    gone = [drop for drop in drops(circumstances, *GO_BY_NAME) if drop.is_by_cascade]
    form = tables.later(restricted(statement), f"the {word}")
    if gone and dropped.is_cascade:
        form = named_drops(drop_sqls(gone), restricted(statement))
    if dropped.is_cascade:
        says = f"drops the {word} {told} and whatever depends on it: {goes_too}"
        yield Danger(RiskLevel.VERY_HIGH, says, breaks_older_code=True, loses=loses or goes_too, safe_form=form)
    else:
        level = RiskLevel.VERY_HIGH if loses else RiskLevel.HIGH
        says = f"drops the {word} {told}, which running code may use"
        yield Danger(level, says, breaks_older_code=True, loses=loses and f"{told}: {loses}", safe_form=form)
