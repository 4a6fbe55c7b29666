"""ALTER TABLE, and the ALTER INDEX, VIEW and SEQUENCE that the grammar takes for it.

Source of the lock modes: AlterTableGetLockLevel in PostgreSQL's commands/tablecmds.c.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deploy.checking.prediction.effects import (
    alter_columns,
    alter_constraints,
    alter_partitions,
    alter_storage,
    alter_types,
)
from deploy.checking.prediction.effects.alter_index import alter_index
from deploy.checking.prediction.effects.altering import Altering
from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.effects.types import alter_composite
from deploy.checking.statements import choice
from deploy.model.locks import LockMode

Change = Callable[[Altering, Any], None]
AX, SUX, SRX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE
_KINDS = {
    "OBJECT_VIEW": "view", "OBJECT_MATVIEW": "materialized view", "OBJECT_SEQUENCE": "sequence",
    "OBJECT_FOREIGN_TABLE": "foreign table",
}


def _lock_only(mode: LockMode) -> Change:
    def change(altering: Altering, command: Any) -> None:
        del command
        altering.lock([altering.table], mode)

    return change


def _lock_parts(mode: LockMode) -> Change:
    """Row triggers of a partitioned table have copies on its partitions."""

    def change(altering: Altering, command: Any) -> None:
        del command
        altering.lock(altering.parts(), mode)

    return change


_CHANGES: dict[str, Change] = {
    "AT_AddColumn": alter_columns.add_column, "AT_DropColumn": alter_columns.drop_column,
    "AT_ColumnDefault": alter_columns.column_default, "AT_SetNotNull": alter_columns.set_not_null,
    "AT_DropNotNull": alter_columns.drop_not_null, "AT_AddIdentity": alter_columns.add_identity,
    "AT_SetIdentity": alter_columns.set_identity, "AT_DropIdentity": alter_columns.drop_identity,
    "AT_SetExpression": alter_columns.set_expression, "AT_DropExpression": alter_columns.drop_expression,
    "AT_SetStorage": alter_columns.set_column_storage, "AT_SetCompression": alter_columns.set_column_storage,
    "AT_SetStatistics": alter_columns.set_column_statistics, "AT_SetOptions": alter_columns.set_column_options,
    "AT_ResetOptions": alter_columns.set_column_options, "AT_AlterColumnType": alter_types.alter_type,
    "AT_AddConstraint": alter_constraints.add_constraint, "AT_DropConstraint": alter_constraints.drop_constraint,
    "AT_ValidateConstraint": alter_constraints.validate_constraint,
    "AT_AlterConstraint": alter_constraints.alter_constraint,
    "AT_AttachPartition": alter_partitions.attach, "AT_DetachPartition": alter_partitions.detach,
    "AT_DetachPartitionFinalize": alter_partitions.finalize, "AT_AddInherit": alter_partitions.inherit,
    "AT_DropInherit": alter_partitions.no_inherit,
    "AT_SetLogged": alter_storage.set_logged, "AT_SetUnLogged": alter_storage.set_unlogged,
    "AT_SetTableSpace": alter_storage.set_tablespace, "AT_SetAccessMethod": alter_storage.set_access_method,
    "AT_SetRelOptions": alter_storage.set_options, "AT_ResetRelOptions": alter_storage.set_options,
    "AT_ChangeOwner": alter_storage.change_owner,
    "AT_ClusterOn": _lock_only(SUX), "AT_DropCluster": _lock_only(SUX),
    **dict.fromkeys(
        ("AT_EnableTrig", "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig", "AT_EnableTrigAll", "AT_EnableTrigUser",
         "AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser"), _lock_parts(SRX),
    ),
    **dict.fromkeys(
        ("AT_ReplicaIdentity", "AT_EnableRowSecurity", "AT_DisableRowSecurity", "AT_ForceRowSecurity",
         "AT_NoForceRowSecurity", "AT_EnableRule", "AT_EnableAlwaysRule", "AT_EnableReplicaRule", "AT_DisableRule",
         "AT_GenericOptions", "AT_AlterColumnGenericOptions", "AT_AddOf", "AT_DropOf", "AT_DropOids"), _lock_only(AX),
    ),
}


def alter_table(draft: Draft, node: Any) -> None:
    """All subcommands, then the work that they ask for."""
    schema, kind = draft.schema, choice(node, "objtype")
    place, name = node.relation.schemaname, node.relation.relname
    if kind == "OBJECT_TYPE":
        alter_composite(draft, node)
        return
    index = schema.index(place, name) if schema.relation(place, name) is None else None
    if index is not None or kind == "OBJECT_INDEX":
        alter_index(draft, node, index)
        return
    table = schema.relation(place, name)
    if table is None:
        if node.missing_ok and not schema.may_exist(place, name):
            return
        if schema.is_complete:
            raise FailedError(f'relation "{name}" does not exist')
        table = schema.assumed(place, name, _KINDS.get(kind, "table"))
    altering = Altering(draft, table, is_recursive=bool(node.relation.inh))
    altering.look_ahead(item.alter_table_cmd for item in node.cmds)
    for item in node.cmds:
        command = item.alter_table_cmd
        change = _CHANGES.get(choice(command, "subtype"))
        if change is None:
            altering.lock([table], AX)
            draft.unknown(f"{choice(command, 'subtype')} is not known")
        else:
            change(altering, command)
    altering.finish()
