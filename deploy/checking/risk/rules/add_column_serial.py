"""ADD COLUMN of type serial or bigserial (high).

serial is an integer with the default nextval(...): every row gets a number of its own, so PostgreSQL rewrites the
whole table and all of its indexes. GENERATED AS IDENTITY instead does exactly the same.

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
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row is numbered under an exclusive lock."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        if column.is_serial and may_rewrite(circumstances):
            yield Danger(
                RiskLevel.HIGH,
                f"{table}.{column.name} is {column.column_type.name}: PostgreSQL numbers every row by rewriting "
                f"{table} under an exclusive lock",
                table=table,
                safe_form=columns.sequence_afterwards(table, column, circumstances.server_major),
            )


RULE = Rule("add_column_serial", check)
