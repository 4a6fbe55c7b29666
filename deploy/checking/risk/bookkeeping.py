"""Rows that belong to the migration itself, not to the application's users."""

from __future__ import annotations

from deploy.checking.statements import Statement, nodes_of

ALEMBIC_TABLE = "alembic_version"
VERSION_COLUMN = "version_num"
# One-row tables by which a schema itself says which releases may still serve it: a revision that
# updates one takes something away from older releases. The reference application has such a table.
CONTRACT_MARKER_TABLES = frozenset({"schema_window"})

_OWN_CHANGES = {
    "insert_stmt": CONTRACT_MARKER_TABLES | {ALEMBIC_TABLE},
    "update_stmt": CONTRACT_MARKER_TABLES | {ALEMBIC_TABLE},
    "delete_stmt": frozenset({ALEMBIC_TABLE}),
}


def is_bookkeeping(statement: Statement) -> bool:
    """Whether the statement changes such rows, and nothing else on the way."""
    tables = _OWN_CHANGES.get(statement.kind, frozenset())
    if not tables:
        return False
    if statement.node.relation.relname not in tables and not _is_of_version_column(statement):
        return False
    return sum(len(nodes_of(statement, name)) for name in ("InsertStmt", "UpdateStmt", "DeleteStmt")) == 1


def is_version_row(statement: Statement) -> bool:
    """Whether it is Alembic's own change of its version table."""
    if statement.kind not in _OWN_CHANGES:
        return False
    return statement.node.relation.relname == ALEMBIC_TABLE or _is_of_version_column(statement)


def _is_of_version_column(statement: Statement) -> bool:
    """Alembic's own words for its row, whatever name env.py gave the table: nothing but `version_num` is in them."""
    node = statement.node
    if statement.kind == "delete_stmt":
        named = [reference.fields[-1].string.sval for reference in nodes_of(statement, "ColumnRef") if reference.fields]
        return bool(named) and set(named) == {VERSION_COLUMN}
    changed = node.cols if statement.kind == "insert_stmt" else node.target_list
    return [item.res_target.name for item in changed] == [VERSION_COLUMN]


def marks_contract(statement: Statement) -> bool:
    """Whether the schema itself declares that older releases may no longer serve it."""
    return statement.kind == "update_stmt" and statement.node.relation.relname in CONTRACT_MARKER_TABLES
