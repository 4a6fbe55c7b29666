"""ADD CONSTRAINT ... USING INDEX (medium).

The safe second half of a unique constraint: nothing is built. For a primary key whose columns may still be NULL,
every row is read under ACCESS EXCLUSIVE. The index takes the constraint's name.

Who waits: every reader and writer of the table for an instant. Code that writes duplicates fails afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import PrimaryKey, Unique
from deploy.checking.statements.rewriting import alter_sql
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Instant, unless a primary key has to look for nulls."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if isinstance(constraint, Unique | PrimaryKey) and constraint.index_name:
            name = constraint.name or constraint.index_name
            is_primary = isinstance(constraint, PrimaryKey)
            scan = " and looks for nulls in every row, unless its columns are NOT NULL" if is_primary else ""
            yield Danger(
                RiskLevel.MEDIUM,
                f"{name} takes over the index {constraint.index_name}{scan}; {table} is locked for all other sessions "
                "during this",
                breaks_older_code=True,
                table=table,
                safe_form=tables.alone(alter_sql(statement, command)),
            )


RULE = Rule("add_constraint_using_index", check)
