"""ADD CONSTRAINT … NOT VALID: the safe first half (low)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Instant, but it binds every row written from now on, by older code too."""
    for command, table in circumstances.changes(statement, "AT_AddConstraint"):
        constraint = getattr(command, "def").constraint
        if constraint.skip_validation:
            yield Danger(
                RiskLevel.LOW, f"{constraint.conname} on {table} binds new rows only until it is validated",
                breaks_older_code=True,
            )


RULE = Rule("add_constraint_not_valid", check)
