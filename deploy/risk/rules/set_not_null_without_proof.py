"""ALTER COLUMN SET NOT NULL (high), unless a CHECK that was validated before proves it (medium)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Without proof PostgreSQL scans the table under an exclusive lock, and fails on the first null."""
    for command, table in circumstances.changes(statement, "AT_SetNotNull"):
        column = f"{table}.{command.name}"
        if circumstances.is_proven_not_null(table, command.name):
            says = f"{column} becomes NOT NULL, proven by a validated CHECK: older code must not write null"
            yield Danger(RiskLevel.MEDIUM, says, breaks_older_code=True)
        else:
            says = f"{column} becomes NOT NULL: fails on existing nulls, and scans {table} under an exclusive lock"
            yield Danger(RiskLevel.HIGH, says, breaks_older_code=True)


RULE = Rule("set_not_null_without_proof", check)
