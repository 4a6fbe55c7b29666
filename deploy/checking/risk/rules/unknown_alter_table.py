"""An ALTER TABLE that no rule knows (high).

Some rewrite the table, some hide all of its rows. What is not known is never taken for harmless.

Who waits: not known; most of them take ACCESS EXCLUSIVE.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel

JUDGED_ELSEWHERE = frozenset(
    {
        "AT_AddColumn",
        "AT_DropColumn",
        "AT_AlterColumnType",
        "AT_SetNotNull",
        "AT_AddConstraint",
        "AT_ValidateConstraint",
        "AT_DropConstraint",
        "AT_ColumnDefault",
        "AT_DropNotNull",
        "AT_SetStorage",
        "AT_SetCompression",
        "AT_AddIdentity",
        "AT_SetIdentity",
        "AT_DropIdentity",
        "AT_DropExpression",
        "AT_SetExpression",
        "AT_AlterConstraint",
        "AT_SetLogged",
        "AT_SetUnLogged",
        "AT_SetTableSpace",
        "AT_SetAccessMethod",
        "AT_ChangeOwner",
        "AT_ReplicaIdentity",
        "AT_AddInherit",
        "AT_DropInherit",
        "AT_EnableRowSecurity",
        "AT_DisableRowSecurity",
        "AT_ForceRowSecurity",
        "AT_NoForceRowSecurity",
        "AT_EnableRule",
        "AT_EnableAlwaysRule",
        "AT_EnableReplicaRule",
        "AT_DisableRule",
        "AT_AttachPartition",
        "AT_DetachPartition",
        "AT_DetachPartitionFinalize",
        "AT_EnableTrig",
        "AT_EnableAlwaysTrig",
        "AT_EnableReplicaTrig",
        "AT_EnableTrigAll",
        "AT_EnableTrigUser",
        "AT_DisableTrig",
        "AT_DisableTrigAll",
        "AT_DisableTrigUser",
    }
)
HARMLESS = frozenset(
    {
        "AT_SetStatistics",
        "AT_SetOptions",
        "AT_ResetOptions",
        "AT_SetRelOptions",
        "AT_ResetRelOptions",
        "AT_ClusterOn",
        "AT_DropCluster",
    }
)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Some rewrite the table, some hide all rows."""
    for command, table in circumstances.changes(statement):
        kind = command.kind
        if kind not in JUDGED_ELSEWHERE | HARMLESS:
            says = f"{kind.removeprefix('AT_')} on {table} is not judged: counts as high"
            yield Danger(RiskLevel.HIGH, says, breaks_older_code=True, is_unknown=True, table=table)


RULE = Rule("unknown_alter_table", check)
