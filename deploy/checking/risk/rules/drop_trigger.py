"""DROP TRIGGER (high).

What the trigger kept true is no longer kept: a copy that is not written, a check that is not made. It takes ACCESS
EXCLUSIVE on the table, while creating it took less.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import DropObjects
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What it kept true is no longer kept."""
    dropped = statement.view
    if not isinstance(dropped, DropObjects) or dropped.kind not in {"OBJECT_TRIGGER", "OBJECT_RULE"}:
        return
    for target in dropped.names:
        table, _, name = target.rpartition(".")
        if not circumstances.is_new(table):
            yield Danger(
                RiskLevel.HIGH,
                f"{name} no longer runs for {table}, whichever release writes; {table} is locked for all other "
                "sessions",
                breaks_older_code=True,
                table=table,
                safe_form=tables.later(statement_sql(statement), "what the trigger does"),
            )


RULE = Rule("drop_trigger", check)
