"""ADD PRIMARY KEY that builds its index (high).

The index is built by reading the whole table under ACCESS EXCLUSIVE, and columns that may be NULL are read through
once more. It fails on the first duplicate and on the first NULL.

Who waits: every reader and writer of the table, for as long as the index is built.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import constraints, not_null
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import PrimaryKey
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The index is built, and nulls are looked for, under a lock that blocks readers too."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if isinstance(constraint, PrimaryKey) and not constraint.index_name:
            name = constraints.constraint_name(constraint, table)
            columns = list(constraint.columns)
            fails = "" if circumstances.is_empty(table) else "; fails on duplicates and on nulls"
            yield Danger(
                RiskLevel.HIGH,
                f"{name} builds a unique index on {table} and makes its columns NOT NULL while no other session "
                f"can read or write it{fails}",
                breaks_older_code=True,
                table=table,
                safe_form=not_null.primary_key_steps(
                    table,
                    columns,
                    [name for name in columns if not known.is_not_null(circumstances, table, name)],
                    name,
                    circumstances.server_major,
                ),
            )


RULE = Rule("add_primary_key", check)
