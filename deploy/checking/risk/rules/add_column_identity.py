"""ADD COLUMN GENERATED AS IDENTITY (high).

Every row gets a number of its own, so PostgreSQL rewrites the whole table and all of its indexes, exactly as for
serial. Making a column that exists and is NOT NULL an identity takes the lock only.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import may_rewrite
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import Identity
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row is numbered under an exclusive lock."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        if column.has(Identity) and may_rewrite(circumstances):
            yield Danger(
                RiskLevel.HIGH,
                f"{table}.{column.name} is an identity: PostgreSQL numbers every row by rewriting {table} under an "
                "exclusive lock",
                table=table,
                safe_form=columns.sequence_afterwards(table, column, circumstances.server_major),
            )


RULE = Rule("add_column_identity", check)
