"""A table or column goes, though the statement is no DROP (very high).

A DO block, a function or an extension's script dropped it: the run on the scratch server shows what the text does
not.

Who waits: every reader and writer of the table, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import drops, says_nothing, told
from deploy.checking.risk.safe_forms import hidden
from deploy.checking.statements import Statement
from deploy.model.effects import Drop
from deploy.model.risk import RiskLevel

ROWS = ("table", "table column", "materialized view", "foreign table")


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Seen in the effects only."""
    if not says_nothing(statement):
        return
    lost = drops(circumstances, *ROWS)
    if lost:
        names = ", ".join(told(drop) for drop in lost)
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops {names}, which the text of the statement does not show",
            breaks_older_code=True,
            loses=names,
            table=lost[0].identity.removeprefix("public.") if lost[0].kind == "table" else "",
            safe_form=hidden.written_out([_sql(drop) for drop in lost]),
        )


def _sql(drop: Drop) -> str:
    table, _, column = drop.identity.rpartition(".")
    if drop.kind == "table column":
        return f"ALTER TABLE {table} DROP COLUMN {column}"
    return f"DROP {drop.kind.upper()} {drop.identity}"


RULE = Rule("hidden_drop", check)
