"""ADD CONSTRAINT ... UNIQUE that builds its index (medium).

The index is built by reading the whole table under ACCESS EXCLUSIVE: unlike CREATE INDEX, it stops readers too. It
fails on the first duplicate. An index that was built CONCURRENTLY before can be taken over in an instant.

Who waits: every reader and writer of the table, for as long as the index is built. Code that writes duplicates fails
afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import Unique
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The index is built under a lock that blocks readers too."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if isinstance(constraint, Unique) and not constraint.index_name:
            name = constraints.constraint_name(constraint, table)
            columns = list(constraint.columns)
            fails = "" if circumstances.is_empty(table) else "; fails on duplicates"
            yield Danger(
                RiskLevel.MEDIUM,
                f"{name} builds a unique index on {table} while no other session can read or write it{fails}",
                breaks_older_code=True,
                table=table,
                safe_form=constraints.using_index(table, name, columns),
            )


RULE = Rule("add_unique_constraint", check)
