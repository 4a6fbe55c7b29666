"""A DROP of something that holds no rows of an application."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger
from deploy.risk.rules.reading.words import dropped_objects, is_cascade, object_word
from deploy.risk.safe_forms import tables
from deploy.risk.safe_forms.sql_text import copy_of, statement_sql
from deploy.risk.statements import Statement, choice


def drop_of(
    statement: Statement, circumstances: Circumstances, kinds: AbstractSet[str], goes_too: str, loses: str = ""
) -> Iterator[Danger]:
    """High, because running code may use it; very high where data goes with it (CASCADE drops columns).

    Args:
        kinds: the grammar's kinds of object.
        goes_too: what CASCADE takes with it.
        loses: what is lost without CASCADE.
    """
    if statement.kind != "drop_stmt" or choice(statement.node, "remove_type") not in kinds:
        return
    names = dropped_objects(statement)
    if names and all(circumstances.is_new(name) for name in names):
        return
    word, told = object_word(statement.node, "remove_type"), ", ".join(names)
    form = tables.later(_restricted(statement), f"the {word}")
    if is_cascade(statement):
        says = f"drops the {word} {told} and whatever depends on it: {goes_too}"
        yield Danger(RiskLevel.VERY_HIGH, says, breaks_older_code=True, loses=loses or goes_too, safe_form=form)
    else:
        level = RiskLevel.VERY_HIGH if loses else RiskLevel.HIGH
        says = f"drops the {word} {told}, which running code may use"
        yield Danger(level, says, breaks_older_code=True, loses=loses and f"{told}: {loses}", safe_form=form)


def _restricted(statement: Statement) -> str:
    """The same without CASCADE: it then fails where something was forgotten."""
    changed = copy_of(statement.node)
    changed.behavior = changed.DESCRIPTOR.fields_by_name["behavior"].enum_type.values_by_name["DROP_RESTRICT"].number
    return statement_sql(statement, changed)
