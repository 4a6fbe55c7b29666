"""The parser's statements, made into ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from deploy.checking.statements import row_changes, views
from deploy.checking.statements.constraints import Column, Constraint
from deploy.checking.statements.nodes import choice, name_parts, object_names, object_word, parts, relation_name
from deploy.checking.statements.read_columns import (
    bound_of,
    column_of,
    constraints_of,
    expression_of,
    relation_of,
)
from deploy.checking.statements.read_commands import command_of
from deploy.checking.statements.read_objects import READERS as READERS_OF_OBJECTS
from deploy.checking.statements.values import Expression


def view_of(kind: str, node: Any) -> views.View:
    """Of the parsed node of a statement."""
    read = _READERS.get(kind)
    return read(node) if read is not None and node is not None else views.View()


def row_change_of(node: Any) -> row_changes.RowChange:
    """Of an InsertStmt, UpdateStmt, DeleteStmt or MergeStmt."""
    return _ROW_CHANGES[node.DESCRIPTOR.name](node)


def _alter_table(node: Any) -> views.AlterTable:
    commands = tuple(command_of(item.alter_table_cmd, position) for position, item in enumerate(node.cmds))
    return views.AlterTable(relation_of(node.relation), commands, choice(node, "objtype") == "OBJECT_INDEX")


def _create_table(node: Any) -> views.CreateTable:
    is_partition = node.HasField("partbound")
    return views.CreateTable(
        relation_of(node.relation),
        tuple(_elements(node.table_elts)),
        is_if_not_exists=node.if_not_exists,
        partition_of=relation_of(node.inh_relations[0].range_var) if is_partition else None,
        bound=bound_of(node.partbound) if is_partition else None,
    )


def _elements(items: Iterable[Any]) -> Iterator[Column | Constraint]:
    for item in items:
        kind = item.WhichOneof("node")
        if kind == "column_def":
            yield column_of(item.column_def)
        elif kind == "constraint":
            yield from constraints_of([item.constraint])


def _create_table_as(node: Any) -> views.CreateTableAs:
    own = relation_of(node.into.rel)
    named = {relation_name(found) for kind, found in parts(node) if kind == "RangeVar"}
    is_view = choice(node, "objtype") == "OBJECT_MATVIEW"
    reads = tuple(sorted(named - {own.shown}))
    return views.CreateTableAs(own, not node.into.skip_data, is_view, reads, node.if_not_exists)


def _select(node: Any) -> views.View:
    """SELECT … INTO makes a table; every other query is of no kind of its own."""
    if not node.HasField("into_clause"):
        return views.View()
    own = relation_of(node.into_clause.rel)
    named = {relation_name(found) for kind, found in parts(node) if kind == "RangeVar"}
    reads = tuple(sorted(named - {own.shown}))
    return views.CreateTableAs(own, is_filled=True, is_materialized_view=False, reads=reads)


def _create_index(node: Any) -> views.CreateIndex:
    return views.CreateIndex(
        name=node.idxname,
        relation=relation_of(node.relation),
        elements=tuple(_index_element(item.index_elem) for item in node.index_params),
        method=node.access_method or "btree",
        is_unique=node.unique,
        is_concurrent=node.concurrent,
        is_if_not_exists=node.if_not_exists,
        included=tuple(item.index_elem.name for item in node.index_including_params),
        where=expression_of(node.where_clause),
        is_nulls_not_distinct=node.nulls_not_distinct,
        has_storage=bool(node.options or node.table_space),
    )


def _index_element(node: Any) -> views.IndexElement:
    is_ordered = choice(node, "ordering") not in {"SORTBY_DEFAULT", ""}
    has_nulls = choice(node, "nulls_ordering") not in {"SORTBY_NULLS_DEFAULT", ""}
    is_plain = bool(node.name) and not (is_ordered or has_nulls or node.opclass or node.collation)
    return views.IndexElement(node.name, is_plain)


def _drop(node: Any) -> views.DropObjects:
    kind = choice(node, "remove_type")
    made = {"OBJECT_TABLE": views.DropTable, "OBJECT_INDEX": views.DropIndex}.get(kind, views.DropObjects)
    return made(
        kind,
        object_word(node, "remove_type"),
        object_names(node.objects),
        is_cascade=choice(node, "behavior") == "DROP_CASCADE",
        is_if_exists=node.missing_ok,
        is_concurrent=node.concurrent,
    )


def _rename(node: Any) -> views.Rename:
    kind = choice(node, "rename_type")
    relation = relation_of(node.relation) if node.HasField("relation") else None
    old_name = node.subname or (relation.shown if relation is not None else ".".join(name_parts(node.object)))
    return _RENAMES.get(kind, views.Rename)(kind, object_word(node, "rename_type"), relation, old_name, node.newname)


_RENAMES: Mapping[str, type[views.Rename]] = {
    "OBJECT_TABLE": views.RenameTable,
    "OBJECT_COLUMN": views.RenameColumn,
    "OBJECT_TABCONSTRAINT": views.RenameConstraint,
    "OBJECT_INDEX": views.RenameIndex,
    "OBJECT_VIEW": views.RenameView,
    "OBJECT_MATVIEW": views.RenameView,
    "OBJECT_SCHEMA": views.RenameSchema,
}


def _truncate(node: Any) -> views.Truncate:
    return views.Truncate(_tables(node.relations), choice(node, "behavior") == "DROP_CASCADE")


def _lock_table(node: Any) -> views.LockTable:
    return views.LockTable(_tables(node.relations), node.mode)


def _tables(items: Iterable[Any]) -> tuple[str, ...]:
    return tuple(relation_name(item.range_var) for item in items)


def _update(node: Any) -> row_changes.Update:
    return row_changes.Update(
        relation_of(node.relation),
        has_with=node.HasField("with_clause"),
        where=expression_of(node.where_clause),
        assignments=tuple(_assignment(item.res_target) for item in node.target_list),
        has_from=bool(node.from_clause),
    )


def _assignment(node: Any) -> row_changes.Assignment:
    is_alone = node.val.WhichOneof("node") != "multi_assign_ref"
    return row_changes.Assignment(node.name, Expression(node.val) if is_alone else None)


def _delete(node: Any) -> row_changes.Delete:
    return row_changes.Delete(
        relation_of(node.relation),
        has_with=node.HasField("with_clause"),
        where=expression_of(node.where_clause),
        has_using=bool(node.using_clause),
    )


def _insert(node: Any) -> row_changes.Insert:
    return row_changes.Insert(
        relation_of(node.relation),
        has_with=node.HasField("with_clause"),
        is_from_query=node.HasField("select_stmt") and not node.select_stmt.select_stmt.values_lists,
        is_upsert=choice(node.on_conflict_clause, "action") == "ONCONFLICT_UPDATE",
        columns=tuple(item.res_target.name for item in node.cols),
    )


def _merge(node: Any) -> row_changes.Merge:
    actions = (choice(item.merge_when_clause, "command_type") for item in node.merge_when_clauses)
    return row_changes.Merge(
        relation_of(node.relation),
        has_with=node.HasField("with_clause"),
        actions=frozenset(action.removeprefix("CMD_") for action in actions),
    )


_ROW_CHANGES: Mapping[str, Callable[[Any], row_changes.RowChange]] = {
    "UpdateStmt": _update,
    "DeleteStmt": _delete,
    "InsertStmt": _insert,
    "MergeStmt": _merge,
}
_READERS: Mapping[str, Callable[[Any], views.View]] = {
    "alter_table_stmt": _alter_table,
    "create_stmt": _create_table,
    "create_table_as_stmt": _create_table_as,
    "select_stmt": _select,
    "index_stmt": _create_index,
    "drop_stmt": _drop,
    "rename_stmt": _rename,
    "truncate_stmt": _truncate,
    "lock_stmt": _lock_table,
    "update_stmt": _update,
    "delete_stmt": _delete,
    "insert_stmt": _insert,
    "merge_stmt": _merge,
    **READERS_OF_OBJECTS,
}
