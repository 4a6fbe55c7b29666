"""ADD CONSTRAINT ... EXCLUDE (high).

The index is built by reading the whole table under ACCESS EXCLUSIVE, and there is no way to build it beforehand.
Where the table is large, a new table with the constraint is filled beside the old one, or users wait in a maintenance
window.

Who waits: every reader and writer of the table, for as long as the index is built. Code that writes rows which
exclude each other fails afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import constraints, new_tables
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import Exclude
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """No index that exists can be taken over."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if isinstance(constraint, Exclude):
            name = constraints.constraint_name(constraint, table)
            yield Danger(
                RiskLevel.HIGH,
                f"{name} builds its index on {table} while no other session can read or write it, and has no online "
                "form",
                breaks_older_code=True,
                table=table,
                safe_form=new_tables.new_table_beside(table, statement),
            )


RULE = Rule("add_exclude_constraint", check)
