"""ADD COLUMN with a CHECK of its own (medium).

PostgreSQL tests the CHECK against every row while it holds ACCESS EXCLUSIVE on the table, even where the new column
is NULL in all of them or has a constant default. A CHECK that is added NOT VALID afterwards, and validated in a
transaction of its own, asks for the same lock for an instant only.

Who waits: every reader and writer of the table, for as long as it takes to read all of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import Check
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The new column is the same in every row, but all rows are read."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        if column.has(Check):
            yield Danger(
                RiskLevel.MEDIUM,
                f"{table}.{column.name} brings a CHECK: PostgreSQL reads every row of {table} while no other "
                "session can read or write it",
                table=table,
                safe_form=columns.checked_afterwards(statement, command, table),
            )


RULE = Rule("add_column_with_check", check)
