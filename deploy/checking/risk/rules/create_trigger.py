"""CREATE TRIGGER (medium).

Writers of the table wait for an instant (SHARE ROW EXCLUSIVE). From COMMIT on the trigger runs for each of their
writes, also those of the running release: what it refuses, they cannot write, and what it changes, they did not
write.

Who waits: every writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.objects import CreateTrigger
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Writes of older code run through it too."""
    trigger = statement.view
    if isinstance(trigger, CreateTrigger) and not circumstances.is_new(trigger.table):
        table = trigger.table
        yield Danger(
            RiskLevel.MEDIUM,
            f"from now on {trigger.function} runs for each write to {table}, also for running code; its writers wait "
            "until COMMIT",
            breaks_older_code=True,
            table=table,
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("create_trigger", check)
