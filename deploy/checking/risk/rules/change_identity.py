"""ADD, SET or DROP of a column's identity (medium).

Nothing is rewritten. ADD GENERATED needs a column that is NOT NULL. After DROP IDENTITY an INSERT that leaves the
column out fails, and after SET GENERATED ALWAYS one that names it.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement
from deploy.checking.statements.rewriting import alter_sql
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A lock without work; the running code may rely on the numbers."""
    for command, table in circumstances.changes(statement, "AT_AddIdentity", "AT_SetIdentity", "AT_DropIdentity"):
        word = {"AT_AddIdentity": "gets", "AT_DropIdentity": "loses"}.get(command.kind, "changes")
        yield Danger(
            RiskLevel.MEDIUM,
            f"{table}.{command.name} {word} its identity: code that leaves the column out, or names it, may fail",
            breaks_older_code=word != "gets",
            table=table,
            safe_form=tables.alone(alter_sql(statement, command)),
        )


RULE = Rule("change_identity", check)
