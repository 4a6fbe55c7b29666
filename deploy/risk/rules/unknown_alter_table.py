"""An ALTER TABLE that no rule knows counts as high."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, enum_name

JUDGED_ELSEWHERE = frozenset({
    "AT_AddColumn", "AT_DropColumn", "AT_AlterColumnType", "AT_SetNotNull", "AT_AddConstraint",
    "AT_ValidateConstraint", "AT_DropConstraint", "AT_ColumnDefault",
})
HARMLESS = frozenset({
    "AT_DropNotNull", "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_SetStorage", "AT_SetCompression",
    "AT_SetRelOptions", "AT_ResetRelOptions", "AT_ReplicaIdentity", "AT_ClusterOn",
})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Some rewrite the table (SET LOGGED), some hide all rows (ROW LEVEL SECURITY)."""
    for command, table in circumstances.changes(statement):
        kind = enum_name(command, "subtype")
        if kind not in JUDGED_ELSEWHERE | HARMLESS:
            says = f"{kind.removeprefix('AT_')} on {table} is not judged: counts as high"
            yield Danger(RiskLevel.HIGH, says, breaks_older_code=True, is_unknown=True)


RULE = Rule("unknown_alter_table", check)
