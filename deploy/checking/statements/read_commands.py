"""The parser's subcommands of ALTER TABLE, made into ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from deploy.checking.statements import commands as made
from deploy.checking.statements.constraints import Constraint
from deploy.checking.statements.nodes import choice, role_name, strings
from deploy.checking.statements.read_columns import (
    bound_of,
    column_of,
    constraint_of,
    expression_of,
    relation_of,
    type_of,
)
from deploy.checking.statements.values import Expression


def command_of(node: Any, position: int) -> made.AlterCommand:
    """Of an AlterTableCmd."""
    kind = choice(node, "subtype")
    read = _READERS.get(kind)
    own = (kind, node.name, position)
    return read(node, own) if read is not None else made.AlterCommand(*own)


# The grammar's word, the name and the position, which every subcommand has.
_Own = tuple[str, str, int]


def _definition(node: Any) -> Any:
    return getattr(node, "def")  # its name is a keyword


def _is_cascade(node: Any) -> bool:
    return choice(node, "behavior") == "DROP_CASCADE"


def _add_column(node: Any, own: _Own) -> made.AddColumn:
    return made.AddColumn(*own, column_of(_definition(node).column_def), is_if_not_exists=node.missing_ok)


def _drop_column(node: Any, own: _Own) -> made.DropColumn:
    return made.DropColumn(*own, is_cascade=_is_cascade(node), is_if_exists=node.missing_ok)


def _alter_column_type(node: Any, own: _Own) -> made.AlterColumnType:
    column = _definition(node).column_def
    collation = tuple(strings(column.coll_clause.collname)) if column.HasField("coll_clause") else ()
    return made.AlterColumnType(*own, type_of(column.type_name), expression_of(column.raw_default), collation)


def _column_default(node: Any, own: _Own) -> made.AlterCommand:
    if node.HasField("def"):
        return made.SetDefault(*own, Expression(_definition(node)))
    return made.DropDefault(*own)


def _set_expression(node: Any, own: _Own) -> made.SetExpression:
    return made.SetExpression(*own, Expression(_definition(node)))


def _add_constraint(node: Any, own: _Own) -> made.AddConstraint:
    found = constraint_of(_definition(node).constraint)
    return made.AddConstraint(*own, found if found is not None else Constraint())


def _drop_constraint(node: Any, own: _Own) -> made.DropConstraint:
    return made.DropConstraint(*own, is_cascade=_is_cascade(node), is_if_exists=node.missing_ok)


def _alter_constraint(node: Any, own: _Own) -> made.AlterConstraint:
    changed = _definition(node).atalter_constraint
    return made.AlterConstraint(*own, changed.conname, changed.is_enforced if changed.alter_enforceability else None)


def _attach_partition(node: Any, own: _Own) -> made.AttachPartition:
    attached = _definition(node).partition_cmd
    bound = bound_of(attached.bound) if attached.HasField("bound") else None
    return made.AttachPartition(*own, relation_of(attached.name), bound)


def _detach_partition(node: Any, own: _Own) -> made.DetachPartition:
    detached = _definition(node).partition_cmd
    is_finalize = own[0] == "AT_DetachPartitionFinalize"
    return made.DetachPartition(*own, relation_of(detached.name), detached.concurrent, is_finalize)


def _change_inheritance(node: Any, own: _Own) -> made.ChangeInheritance:
    return made.ChangeInheritance(*own, relation_of(_definition(node).range_var))


def _replica_identity(node: Any, own: _Own) -> made.ReplicaIdentity:
    return made.ReplicaIdentity(*own, is_nothing=_definition(node).replica_identity_stmt.identity_type == "n")


def _change_owner(node: Any, own: _Own) -> made.ChangeOwner:
    return made.ChangeOwner(*own, role_name(node.newowner))


_READERS: Mapping[str, Callable[[Any, _Own], made.AlterCommand]] = {
    "AT_AddColumn": _add_column,
    "AT_DropColumn": _drop_column,
    "AT_AlterColumnType": _alter_column_type,
    "AT_SetNotNull": lambda _, own: made.SetNotNull(*own),
    "AT_DropNotNull": lambda _, own: made.DropNotNull(*own),
    "AT_ColumnDefault": _column_default,
    "AT_SetExpression": _set_expression,
    "AT_AddConstraint": _add_constraint,
    "AT_DropConstraint": _drop_constraint,
    "AT_ValidateConstraint": lambda _, own: made.ValidateConstraint(*own),
    "AT_AlterConstraint": _alter_constraint,
    "AT_AttachPartition": _attach_partition,
    "AT_DetachPartition": _detach_partition,
    "AT_DetachPartitionFinalize": _detach_partition,
    "AT_AddInherit": _change_inheritance,
    "AT_DropInherit": _change_inheritance,
    "AT_ReplicaIdentity": _replica_identity,
    "AT_ChangeOwner": _change_owner,
}
