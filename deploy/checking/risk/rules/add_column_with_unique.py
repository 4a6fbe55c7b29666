"""ADD COLUMN with UNIQUE or PRIMARY KEY (medium).

The index of the constraint is built by reading the whole table under ACCESS EXCLUSIVE. The same index can be built
CONCURRENTLY once the column is there, and be taken over by the constraint in an instant.

Who waits: every reader and writer of the table, for as long as the index is built.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import PrimaryKey, Unique
from deploy.model.risk import RiskLevel

INDEXED = (Unique, PrimaryKey)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Its index is built under the lock of ADD COLUMN."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        if column.has(*INDEXED):
            yield Danger(
                RiskLevel.MEDIUM,
                f"{table}.{column.name} is unique: its index is built while no other session can read or write {table}",
                table=table,
                safe_form=columns.unique_afterwards(statement, command, table),
            )


RULE = Rule("add_column_with_unique", check)
