"""ALTER COLUMN TYPE (requirement M1: high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Most changes rewrite the table and its indexes under a lock that blocks readers too."""
    for command, table in circumstances.changes(statement, "AT_AlterColumnType"):
        yield Danger(
            RiskLevel.HIGH, f"changes the type of {table}.{command.name}: a rewrite under an exclusive lock unless "
            "the types are compatible", breaks_older_code=True,
        )


RULE = Rule("alter_column_type", check)
