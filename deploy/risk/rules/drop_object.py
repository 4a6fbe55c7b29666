"""DROP VIEW, TYPE, SEQUENCE, FUNCTION and the like."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, enum_name

LOSES_ROWS = frozenset({"OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE"})
JUDGED_ELSEWHERE = frozenset({"OBJECT_TABLE", "OBJECT_SCHEMA", "OBJECT_INDEX"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """High, because running code may use it; very high where data goes with it (CASCADE drops columns)."""
    if statement.kind != "drop_stmt":
        return
    removed = enum_name(statement.node, "remove_type")
    if removed in JUDGED_ELSEWHERE:
        return
    word = removed.removeprefix("OBJECT_").lower().replace("_", " ")
    if enum_name(statement.node, "behavior") == "DROP_CASCADE":
        says = f"drops a {word} and whatever depends on it, columns among them"
        yield Danger(RiskLevel.VERY_HIGH, says, breaks_older_code=True)
    else:
        level = RiskLevel.VERY_HIGH if removed in LOSES_ROWS else RiskLevel.HIGH
        yield Danger(level, f"drops a {word} that running code may use", breaks_older_code=True)


RULE = Rule("drop_object", check)
