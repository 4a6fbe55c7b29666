"""ALTER COLUMN SET STORAGE or SET COMPRESSION (medium).

Only rows that are written from now on are stored the new way, nothing is rewritten. But the lock is ACCESS EXCLUSIVE.

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
    """A lock without work."""
    for command, table in circumstances.changes(statement, "AT_SetStorage", "AT_SetCompression"):
        yield Danger(
            RiskLevel.MEDIUM,
            f"locks {table} for all other sessions, for an instant; only new values of {command.name} are stored the "
            "new way",
            table=table,
            safe_form=tables.alone(alter_sql(statement, command)),
        )


RULE = Rule("change_storage", check)
