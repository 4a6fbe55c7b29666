"""SET UNLOGGED (very high).

The table is rewritten under ACCESS EXCLUSIVE. From then on it has no write-ahead log: after a crash of the server
it is empty, and no replica and no point-in-time recovery has its rows.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import new_tables
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A crash empties the table."""
    for _, table in circumstances.changes(statement, "AT_SetUnLogged"):
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"rewrites {table} under an exclusive lock, and from then on a crash of the server empties it",
            table=table,
            loses=f"{rows_of(circumstances, table)}, at the next crash",
            safe_form=new_tables.unlogged_beside(table),
        )


RULE = Rule("set_unlogged", check)
