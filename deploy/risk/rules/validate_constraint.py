"""VALIDATE CONSTRAINT: the safe second half (medium)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Scans the table without blocking its readers and writers; fails on rows that violate it."""
    for command, table in circumstances.changes(statement, "AT_ValidateConstraint"):
        yield Danger(RiskLevel.MEDIUM, f"validates {command.name} by scanning {table}; fails on rows that violate it")


RULE = Rule("validate_constraint", check)
