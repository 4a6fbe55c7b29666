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
from deploy.checking.statements import Statement, choice
from deploy.model.risk import RiskLevel

INDEXED = frozenset({"CONSTR_UNIQUE", "CONSTR_PRIMARY"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Its index is built under the lock of ADD COLUMN."""
    for command, table in circumstances.changes(statement, "AT_AddColumn"):
        column = getattr(command, "def").column_def
        if any(choice(item.constraint, "contype") in INDEXED for item in column.constraints):
            yield Danger(
                RiskLevel.MEDIUM,
                f"{table}.{column.colname} is unique: its index is built while nobody may read or write {table}",
                table=table,
                safe_form=columns.unique_afterwards(statement, command, table),
            )


RULE = Rule("add_column_with_unique", check)
