"""What the watch over a scratch server must know of a statement before it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deploy.checking.risk.mentioned import functions_run, mentioned_names, tables_of_changes
from deploy.checking.statements import Statement, enum_name, has_option, read_statements
from deploy.model.trace import StatementShape

# PostgreSQL refuses these inside a transaction block (PreventInTransactionBlock in its source).
ALONE = frozenset({
    "createdb_stmt", "dropdb_stmt", "alter_system_stmt", "create_table_space_stmt", "drop_table_space_stmt",
    "create_subscription_stmt", "drop_subscription_stmt",
})


ROW_KINDS = frozenset({"insert_stmt", "update_stmt", "delete_stmt", "merge_stmt"})


def shape_of(sql: str) -> StatementShape:
    """The shape of one statement's text; an ordinary one where it cannot be read."""
    statements = read_statements(sql)
    if len(statements) != 1:
        return StatementShape(names=tuple(dict.fromkeys(name for one in statements for name in mentioned_names(one))))
    [statement] = statements
    shape = replace(
        shape_of_statement(statement), names=mentioned_names(statement), calls=functions_run(statement)
    )
    if statement.kind not in ROW_KINDS:
        return shape
    changed = tables_of_changes(statement)
    return replace(shape, names=changed, follows_links=bool(changed), is_of_rows=True)


def shape_of_statement(statement: Statement) -> StatementShape:
    """The shape of a statement that was read."""
    kind, node = statement.kind, statement.node
    if kind == "transaction_stmt":
        return StatementShape(is_transaction_control=True)
    if kind in ALONE:
        return StatementShape(must_run_alone=True)
    if kind == "truncate_stmt":
        return StatementShape(is_truncate=True, follows_links=True)
    found = _SHAPES.get(kind)
    return found(node) if found else StatementShape()


def _concurrently(*tables: str, mode: str = "ROW EXCLUSIVE") -> StatementShape:
    return StatementShape(must_run_alone=True, held_tables=tables, blocker_mode=mode, is_concurrent=True)


def _create_index(node: Any) -> StatementShape:
    return _concurrently(_name(node.relation)) if node.concurrent else StatementShape()


def _drop(node: Any) -> StatementShape:
    if not node.concurrent:
        return StatementShape()
    return _concurrently(*(_quoted(*(item.string.sval for item in target.list.items)) for target in node.objects))


def _reindex(node: Any) -> StatementShape:
    is_concurrent = has_option(node.params, "concurrently")
    kind = enum_name(node, "kind")
    is_of_many = kind not in {"REINDEX_OBJECT_TABLE", "REINDEX_OBJECT_INDEX"}
    if is_concurrent and not is_of_many:
        return _concurrently(_name(node.relation))
    return StatementShape(must_run_alone=is_concurrent or is_of_many)


def _vacuum(node: Any) -> StatementShape:
    if not node.is_vacuumcmd:
        return StatementShape()
    # VACUUM asks for SHARE UPDATE EXCLUSIVE (FULL: ACCESS EXCLUSIVE): either has to wait for this blocker.
    tables = tuple(_name(item.vacuum_relation.relation) for item in node.rels)
    return replace(_concurrently(*tables, mode="SHARE UPDATE EXCLUSIVE"), is_concurrent=False)


def _alter_table(node: Any) -> StatementShape:
    for command in node.cmds:
        item = command.alter_table_cmd
        if enum_name(item, "subtype") == "AT_DetachPartition" and getattr(item, "def").partition_cmd.concurrent:
            return _concurrently(_name(node.relation), mode="ACCESS SHARE")
    return StatementShape()


def _cluster(node: Any) -> StatementShape:
    return StatementShape(must_run_alone=not node.relation.relname)


_SHAPES = {
    "index_stmt": _create_index, "drop_stmt": _drop, "reindex_stmt": _reindex, "vacuum_stmt": _vacuum,
    "alter_table_stmt": _alter_table, "cluster_stmt": _cluster,
}


def _name(relation: Any) -> str:
    return _quoted(*(part for part in (relation.schemaname, relation.relname) if part))


def _quoted(*parts: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def needs_no_transaction(statements: tuple[Statement, ...]) -> bool:
    """Whether a file of these statements is meant to run as psql runs it: each statement on its own.

    It is where the file controls its transactions itself, or holds a statement that refuses to run in one.
    """
    shapes = [shape_of_statement(statement) for statement in statements]
    return any(shape.is_transaction_control or shape.must_run_alone for shape in shapes)

