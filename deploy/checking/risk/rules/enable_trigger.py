"""ENABLE TRIGGER (medium).

From COMMIT on the trigger runs for each write, of the running release too. Rows that came in while it was off are not
looked at.

Who waits: every writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.model.risk import RiskLevel

KINDS = (
    "AT_EnableTrig",
    "AT_EnableTrigAll",
    "AT_EnableTrigUser",
    "AT_EnableAlwaysTrig",
    "AT_EnableReplicaTrig",
)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Writes of older code run through it again."""
    for command, table in circumstances.changes(statement, *KINDS):
        yield Danger(
            RiskLevel.MEDIUM,
            f"{command.name or 'every trigger'} runs for each write to {table} again; rows that came in meanwhile "
            "are not "
            "looked at",
            breaks_older_code=True,
            table=table,
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("enable_trigger", check)
