"""LOCK TABLE (high where readers wait, medium where writers wait, otherwise low).

The lock is held until COMMIT, through everything else that the transaction does. Without a mode it is ACCESS
EXCLUSIVE.

Who waits: the sessions that the mode keeps out, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import LockTable
from deploy.model.locks import LockMode
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Held until COMMIT."""
    locked = statement.view
    if not isinstance(locked, LockTable):
        return
    is_known = 0 < locked.mode <= len(LockMode)
    mode = LockMode.from_statement(locked.mode) if is_known else LockMode.ACCESS_EXCLUSIVE
    level = RiskLevel.HIGH if mode.blocks_reads else RiskLevel.MEDIUM if mode.blocks_writes else RiskLevel.LOW
    for table in locked.tables:
        if not circumstances.is_new(table):
            yield Danger(
                level,
                f"holds {mode.label} on {table} until COMMIT: {mode.who_waits}",
                table=table,
                safe_form=tables.alone(statement_sql(statement)),
            )


RULE = Rule("lock_table", check)
