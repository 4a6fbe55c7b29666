"""SET ACCESS METHOD (PostgreSQL 15, high).

The table and all of its indexes are rewritten under ACCESS EXCLUSIVE.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import may_rewrite
from deploy.checking.risk.safe_forms import new_tables
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A rewrite under an exclusive lock."""
    for command, table in circumstances.changes(statement, "AT_SetAccessMethod"):
        if may_rewrite(circumstances):
            yield Danger(
                RiskLevel.HIGH,
                f"rewrites {table} under an exclusive lock, for the access method {command.name or 'of the server'}",
                table=table,
                safe_form=new_tables.new_table_beside(table, statement),
            )


RULE = Rule("set_access_method", check)
