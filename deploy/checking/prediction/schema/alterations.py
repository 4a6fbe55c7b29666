"""ALTER TABLE, subcommand by subcommand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deploy.checking.prediction.schema.columns import (
    add_sequence,
    apply_column_constraint,
    drop_default,
    make_column,
    set_default,
    set_not_null,
    set_type,
)
from deploy.checking.prediction.schema.constraints import add_constraint
from deploy.checking.prediction.schema.drops import remove
from deploy.checking.prediction.schema.falling import Thing
from deploy.checking.prediction.schema.indexes import matching_index
from deploy.checking.prediction.schema.objects import Column, Relation
from deploy.checking.prediction.schema.reading import columns_in
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.prediction.schema.tables import become_part
from deploy.checking.statements import choice


def alter_table(schema: Schema, node: Any) -> None:
    """All subcommands, in their order."""
    index = schema.index(node.relation.schemaname, node.relation.relname)
    if index is not None and schema.relation_of(node.relation) is None:
        for item in node.cmds:
            if choice(item.alter_table_cmd, "subtype") == "AT_AttachPartition":
                _attach_index(schema, index, item.alter_table_cmd)
        return
    known = schema.relation_of(node.relation)
    is_index = choice(node, "objtype") == "OBJECT_INDEX"
    if known is None and (is_index or (node.missing_ok and not schema.may_exist(*_name(node)))):
        return
    table = schema.adopt(node.relation)
    for item in node.cmds:
        command = item.alter_table_cmd
        change = _CHANGES.get(choice(command, "subtype"))
        if change is not None:
            change(schema, table, command, is_recursive=bool(node.relation.inh))


def _name(node: Any) -> tuple[str, str]:
    return node.relation.schemaname, node.relation.relname


def _family(table: Relation, *, is_recursive: bool) -> list[Relation]:
    return table.family() if is_recursive else [table]


def _column_of(table: Relation, name: str) -> Column:
    """The column; one that is only now heard of is added to a table that is only known by name."""
    column = table.columns.get(name)
    if column is None:
        column = Column(table, name, None)
        if table.is_assumed:
            table.columns[name] = column
    return column


def _add_column(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    definition = getattr(command, "def").column_def
    if definition.colname in table.columns:
        return
    for relation in _family(table, is_recursive=is_recursive):
        if definition.colname in relation.columns:
            continue
        column = make_column(schema, relation, definition)
        for item in definition.constraints:
            is_own = apply_column_constraint(schema, column, item.constraint)
            if not is_own and relation is table:
                add_constraint(schema, table, item.constraint, column)


def _drop_column(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del is_recursive
    column = table.columns.get(command.name)
    if column is not None:
        remove(schema, [column])


def _set_type(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    for relation in _family(table, is_recursive=is_recursive):
        set_type(schema, _column_of(relation, command.name), getattr(command, "def").column_def)


def _column_default(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    expression = getattr(command, "def")
    for relation in _family(table, is_recursive=is_recursive):
        column = _column_of(relation, command.name)
        drop_default(column)
        if expression.WhichOneof("node"):
            set_default(schema, column, expression)


def _set_not_null(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema
    for relation in _family(table, is_recursive=is_recursive):
        set_not_null(_column_of(relation, command.name))


def _drop_not_null(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema
    for relation in _family(table, is_recursive=is_recursive):
        column = _column_of(relation, command.name)
        column.is_not_null, column.not_null_name, column.is_not_null_valid = False, "", True


def _add_constraint(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    add_constraint(schema, table, getattr(command, "def").constraint, is_only=not is_recursive)


def _drop_constraint(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    constraint = table.constraints.get(command.name)
    if constraint is not None:
        things: list[Thing] = [constraint]
        remove(schema, things)
        return
    for relation in _family(table, is_recursive=is_recursive):
        for column in relation.columns.values():
            if column.not_null_name == command.name:
                column.is_not_null, column.not_null_name = False, ""


def _validate(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema, is_recursive
    constraint = table.constraints.get(command.name)
    if constraint is not None:
        todo = [constraint]
        for item in todo:
            item.is_valid = True
            todo.extend(item.children)
    for column in table.columns.values():
        if column.not_null_name == command.name:
            column.is_not_null_valid = True


def _alter_constraint(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema, is_recursive
    change = getattr(command, "def").atalter_constraint
    constraint = table.constraints.get(change.conname)
    if constraint is not None and change.alter_enforceability:
        constraint.is_enforced = constraint.is_valid = bool(change.is_enforced)


def _add_identity(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del is_recursive
    column = _column_of(table, command.name)
    constraint = getattr(command, "def").constraint
    column.identity = constraint.generated_when or "a"
    add_sequence(schema, column, constraint.options)


def _drop_identity(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del is_recursive
    column = _column_of(table, command.name)
    for sequence in column.default_sequences:
        schema.relations.pop((sequence.schema, sequence.name), None)
    column.identity, column.default_sequences = "", []


def _set_expression(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema
    for relation in _family(table, is_recursive=is_recursive):
        column = _column_of(relation, command.name)
        column.generated_from = [c for c in columns_in(getattr(command, "def"), relation) if c is not column]


def _drop_expression(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema
    for relation in _family(table, is_recursive=is_recursive):
        column = _column_of(relation, command.name)
        column.generated, column.generated_from = "", []


def _attach(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del is_recursive
    part = getattr(command, "def").partition_cmd
    child = schema.adopt(part.name)
    if table.is_assumed:
        table.kind = "partitioned table"
    if child.parent is None and table not in child.family():
        child.parent, child.bound = table, part.bound
        table.partitions.append(child)
        become_part(schema, child, table)


def _detach(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del is_recursive
    child = schema.adopt(getattr(command, "def").partition_cmd.name)
    if child in table.partitions:
        table.partitions.remove(child)
    child.parent = child.bound = None
    for index in child.indexes:
        if index.parent is not None:
            index.parent.children.remove(index)
            index.parent = None
    for constraint in child.constraints.values():
        if constraint.parent is not None and constraint.parent.table is not child:
            constraint.parent.children.remove(constraint)
            constraint.parent = None
    for part in [part for part in child.referenced_by if part.parent is not None]:
        child.referenced_by.remove(part)
        part.table.constraints.pop(part.name, None)
        if part.parent is not None:
            part.parent.children.remove(part)


def _attach_index(schema: Schema, index: Any, command: Any) -> None:
    part = getattr(command, "def").partition_cmd.name
    child = schema.index(part.schemaname, part.relname)
    if child is None or child.parent is not None:
        return
    child.parent = index
    index.children.append(child)
    if index.constraint is not None and child.constraint is not None:
        child.constraint.parent = index.constraint
        index.constraint.children.append(child.constraint)
    if {c.table for c in index.children} >= set(index.table.partitions):
        index.is_valid = True
    elif matching_index(index, child.table) is not None:
        index.is_valid = False


def _inherit(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del is_recursive
    parent = schema.adopt(getattr(command, "def").range_var)
    if parent not in table.family() and parent not in table.inherits:
        table.inherits.append(parent)
        parent.heirs.append(table)


def _no_inherit(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del is_recursive
    parent = schema.adopt(getattr(command, "def").range_var)
    if parent in table.inherits:
        table.inherits.remove(parent)
        parent.heirs.remove(table)


def _set_persistence(letter: str) -> Callable[..., None]:
    def change(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
        del schema, command, is_recursive
        table.persistence = letter

    return change


def _cluster_on(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema, is_recursive
    for index in table.indexes:
        index.is_clustered = index.name == command.name


def _access_method(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema, is_recursive
    table.access_method = command.name


def _tablespace(schema: Schema, table: Relation, command: Any, *, is_recursive: bool) -> None:
    del schema, is_recursive
    table.tablespace = command.name


_CHANGES: dict[str, Callable[..., None]] = {
    "AT_AddColumn": _add_column, "AT_DropColumn": _drop_column, "AT_AlterColumnType": _set_type,
    "AT_ColumnDefault": _column_default, "AT_SetNotNull": _set_not_null, "AT_DropNotNull": _drop_not_null,
    "AT_AddConstraint": _add_constraint, "AT_DropConstraint": _drop_constraint, "AT_ValidateConstraint": _validate,
    "AT_AlterConstraint": _alter_constraint, "AT_AddIdentity": _add_identity, "AT_DropIdentity": _drop_identity,
    "AT_SetExpression": _set_expression, "AT_DropExpression": _drop_expression, "AT_AttachPartition": _attach,
    "AT_DetachPartition": _detach, "AT_AddInherit": _inherit, "AT_DropInherit": _no_inherit,
    "AT_SetLogged": _set_persistence("p"), "AT_SetUnLogged": _set_persistence("u"), "AT_ClusterOn": _cluster_on,
    "AT_SetAccessMethod": _access_method, "AT_SetTableSpace": _tablespace,
}
