"""DROP TABLE (requirement M1: very high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, dropped_names, enum_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Rows and table go at once; a table that this run created has none."""
    if statement.kind != "drop_stmt" or enum_name(statement.node, "remove_type") != "OBJECT_TABLE":
        return
    lost = sorted(name for name in dropped_names(statement) if not circumstances.is_new(name))
    if lost:
        yield Danger(RiskLevel.VERY_HIGH, f"drops {', '.join(lost)} with all rows", breaks_older_code=True)


RULE = Rule("drop_table", check)
