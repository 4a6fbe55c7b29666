"""ADD CONSTRAINT ... NOT ENFORCED (PostgreSQL 18, low).

PostgreSQL notes the constraint and never tests it, neither for old rows nor for new ones. Queries may be planned as
if it were true.

Who waits: all sessions (CHECK) or the writers of both tables (foreign key), for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """It promises what nobody keeps."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if not constraint.is_enforced:
            name = constraints.constraint_name(constraint, table)
            yield Danger(
                RiskLevel.LOW,
                f"{name} on {table} is never tested: rows that violate it come in as before",
                table=table,
                safe_form=constraints.not_valid(statement, command, table, is_enforced=True),
            )


RULE = Rule("add_constraint_not_enforced", check)
