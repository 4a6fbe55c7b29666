"""VALIDATE CONSTRAINT: the safe second half (medium).

Every row is read, and looked up for a foreign key, under SHARE UPDATE EXCLUSIVE. It fails on the first row that
violates the constraint, so look for such rows before the deployment.

Who waits: only other schema changes and VACUUM.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import ValidateConstraint
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Scans the table without blocking its readers and writers; fails on rows that violate it."""
    for command, table in circumstances.commands(statement, ValidateConstraint):
        fails = "" if circumstances.is_empty(table) else "; fails on rows that violate it"
        yield Danger(
            RiskLevel.MEDIUM,
            f"validates {command.name} by scanning {table}{fails}",
            table=table,
            safe_form=constraints.validate(table, command.name),
        )


RULE = Rule("validate_constraint", check)
