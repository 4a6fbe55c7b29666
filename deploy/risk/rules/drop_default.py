"""ALTER COLUMN DROP DEFAULT."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Older code that leaves the column out inserts null from now on, or fails on NOT NULL."""
    for command, table in circumstances.changes(statement, "AT_ColumnDefault"):
        if not command.HasField("def"):
            yield Danger(
                RiskLevel.MEDIUM, f"{table}.{command.name} loses its default: code that leaves it out may fail",
                breaks_older_code=True,
            )


RULE = Rule("drop_default", check)
