"""Making constraints, on a table and on everything below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from deploy.checking.prediction.schema.columns import set_not_null
from deploy.checking.prediction.schema.indexes import choose_index_name, make_index
from deploy.checking.prediction.schema.naming import free_name
from deploy.checking.prediction.schema.objects import Column, Constraint, Index, Relation
from deploy.checking.prediction.schema.reading import columns_in, functions_in, never_null
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import choice, strings

KEY_KINDS = {"CONSTR_PRIMARY": "primary", "CONSTR_UNIQUE": "unique", "CONSTR_EXCLUSION": "exclude"}
NO_ACTION = "a"


def add_constraint(
    schema: Schema, table: Relation, node: Any, column: Column | None = None, *, is_only: bool = False
) -> Constraint | None:
    """Add a constraint to a table and what is below it; None for one that is no object of its own here.

    Args:
        column: where it is a column's own clause.
        is_only: ALTER TABLE ONLY, as pg_dump writes it: the keys of partitions are attached later.
    """
    kind = choice(node, "contype")
    if kind == "CONSTR_NOTNULL":
        _add_not_null(table, node)
    elif kind == "CONSTR_CHECK":
        return _add_check(schema, table, node, column)
    elif kind == "CONSTR_FOREIGN":
        return add_foreign_key(schema, table, node, column)
    elif kind in KEY_KINDS:
        is_only = is_only and table.kind == "partitioned table"
        return _add_key(schema, table, node, KEY_KINDS[kind], column, is_only=is_only)
    return None


def named_columns(table: Relation, names: Iterable[str]) -> list[Column]:
    """A table's columns by name; unknown ones of an assumed table are left out."""
    return [table.columns[name] for name in names if name in table.columns]


def is_valid(node: Any) -> bool:
    """Whether PostgreSQL may trust it: without NOT VALID, and enforced."""
    return not node.skip_validation and is_enforced(node)


def is_enforced(node: Any) -> bool:
    """Whether it holds at all (NOT ENFORCED: PostgreSQL 18)."""
    return bool(node.is_enforced)


def _add_not_null(table: Relation, node: Any) -> None:
    for relation in table.family() if not node.is_no_inherit else [table]:
        for column in named_columns(relation, strings(node.keys)):
            set_not_null(column, node.conname, is_valid=not node.skip_validation)


def _add_check(schema: Schema, table: Relation, node: Any, column: Column | None) -> Constraint:
    made: Constraint | None = None
    for relation in table.family() if not node.is_no_inherit else [table]:
        columns = columns_in(node.raw_expr, relation)
        if made is not None:
            name = made.name
        else:
            middle = column.name if column is not None else (columns[0].name if len(columns) == 1 else "")
            name = node.conname or constraint_name(relation, middle, "check")
        check = Constraint(
            relation, name, "check", columns, schema.label, is_valid(node), is_enforced(node), expression=node.raw_expr,
            proves_not_null=never_null(node.raw_expr, relation), functions=functions_in(node.raw_expr), parent=made,
        )
        if made is not None:
            made.children.append(check)
        made = made or check
        relation.constraints[name] = check
    return made or Constraint(table, node.conname, "check")


def constraint_name(table: Relation, middle: str, label: str) -> str:
    """A free name for a constraint."""
    return free_name(table.name, middle, label, lambda taken: taken in table.constraints)


def foreign_key_name(schema: Schema, table: Relation, columns: Iterable[str], given: str) -> str:
    """The given name, or the one that PostgreSQL chooses (before 12 from the first column only)."""
    names = list(columns)
    middle = "_".join(names if schema.server_major >= 12 else names[:1])  # noqa: PLR2004 - a version
    return given or constraint_name(table, middle, "fkey")


def add_foreign_key(schema: Schema, table: Relation, node: Any, column: Column | None = None) -> Constraint:
    """Link both sides; partitions of the referencing table get copies."""
    target = schema.adopt(node.pktable)
    names = [column.name] if column is not None else strings(node.fk_attrs)
    key = target.primary_key
    target_names = strings(node.pk_attrs) or [c.name for c in (key.columns if key else [])]
    made = Constraint(
        table, foreign_key_name(schema, table, names, node.conname), "foreign", named_columns(table, names),
        schema.label, is_valid(node), is_enforced(node), node.deferrable, target=target,
        target_columns=named_columns(target, target_names),
        on_delete=node.fk_del_action or NO_ACTION, on_update=node.fk_upd_action or NO_ACTION,
    )
    link_foreign_key(made)
    for partition in target.partitions:
        point_at_partition(schema, made, partition)
    for partition in table.partitions:
        copy_foreign_key(schema, made, partition)
    return made


def point_at_partition(schema: Schema, original: Constraint, target: Relation) -> None:
    """A foreign key to a partitioned table has a part for each partition of that table."""
    table = original.table
    if schema.server_major >= 18:  # noqa: PLR2004 - a version: parts are named after the whole
        name = free_name(original.name, "", "", lambda taken: taken in table.constraints)
    else:
        name = constraint_name(table, "_".join(c.name for c in original.columns), "fkey")
    part = replace(
        original, name=name, target=target, parent=original, children=[],
        target_columns=named_columns(target, [c.name for c in original.target_columns]),
    )
    original.children.append(part)
    link_foreign_key(part)
    for partition in target.partitions:
        point_at_partition(schema, part, partition)


def link_foreign_key(made: Constraint) -> None:
    """Make both tables know it."""
    made.table.constraints[made.name] = made
    if made.target is not None:
        made.target.referenced_by.append(made)


def copy_foreign_key(schema: Schema, original: Constraint, table: Relation) -> None:
    """The part of a partitioned table's foreign key that a partition holds."""
    name = original.name
    if name in table.constraints:
        name = constraint_name(table, "_".join(c.name for c in original.columns), "fkey")
    copy = Constraint(
        table, name, "foreign", named_columns(table, [c.name for c in original.columns]), schema.label,
        original.is_valid, original.is_enforced, original.is_deferrable, target=original.target,
        target_columns=original.target_columns, on_delete=original.on_delete, on_update=original.on_update,
        parent=original,
    )
    original.children.append(copy)
    link_foreign_key(copy)
    for partition in table.partitions:
        copy_foreign_key(schema, copy, partition)


def key_columns(table: Relation, node: Any, kind: str, column: Column | None) -> list[Column | None]:
    """The key columns of a unique, primary key or exclusion constraint."""
    if column is not None:
        return [column]
    if kind == "exclude":
        elements = [item.list.items[0].index_elem for item in node.exclusions]
        return [table.columns.get(element.name) for element in elements]
    return list(named_columns(table, strings(node.keys)))


def _add_key(
    schema: Schema, table: Relation, node: Any, kind: str, column: Column | None, *, is_only: bool
) -> Constraint:
    if node.indexname:
        return _adopt_index(schema, table, node, kind)
    columns = key_columns(table, node, kind, column)
    named = [c.name if c else "expr" for c in columns] + strings(node.including)
    name = node.conname or choose_index_name(schema, table, columns, kind, named)
    index = make_index(schema, table, name, columns, is_unique=kind != "exclude", is_only=is_only)
    index.included = named_columns(table, strings(node.including))
    index.method = node.access_method or "btree"
    return key_constraint(schema, index, kind, is_deferrable=node.deferrable)


def key_constraint(schema: Schema, index: Index, kind: str, *, is_deferrable: bool = False) -> Constraint:
    """The constraint of an index, and those of the index's parts on partitions."""
    columns = [column for column in index.columns if column is not None]
    made = Constraint(
        index.table, index.name, kind, columns, index.created_in, is_deferrable=is_deferrable, index=index
    )
    index.constraint = made
    index.table.constraints[made.name] = made
    if kind == "primary":
        for column in columns:
            set_not_null(column)
    for child in index.children:
        if child.constraint is None:
            part = key_constraint(schema, child, kind, is_deferrable=is_deferrable)
            part.parent = made
            made.children.append(part)
    return made


def _adopt_index(schema: Schema, table: Relation, node: Any, kind: str) -> Constraint:
    """ADD CONSTRAINT … USING INDEX: the index takes the constraint's name."""
    index = schema.index(table.schema, node.indexname) or schema.index("", node.indexname)
    if index is None:
        index = make_index(schema, table, node.indexname, [])
    if node.conname and node.conname != index.name:
        schema.indexes.pop((index.schema, index.name), None)
        index.name = node.conname
        schema.indexes[index.schema, index.name] = index
    return key_constraint(schema, index, kind, is_deferrable=node.deferrable)
