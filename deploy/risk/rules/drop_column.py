"""ALTER TABLE DROP COLUMN (requirement M1: very high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Its values cannot be had back without a backup; indexes and constraints that name it go too."""
    for command, table in circumstances.changes(statement, "AT_DropColumn"):
        yield Danger(RiskLevel.VERY_HIGH, f"drops {table}.{command.name} with its data", breaks_older_code=True)


RULE = Rule("drop_column", check)
