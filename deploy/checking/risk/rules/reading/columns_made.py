"""Columns that a statement makes, on new tables too: for advice, which is about types and not about rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.risk.bookkeeping import ALEMBIC_TABLE
from deploy.checking.statements import Statement, choice, relation_name


def new_columns(statement: Statement) -> Iterator[tuple[str, Any]]:
    """Each with its table's name; the bookkeeping's own table is not advised upon."""
    if statement.kind not in {"create_stmt", "alter_table_stmt"}:
        return
    table = relation_name(statement.node.relation)
    if table.rpartition(".")[2] == ALEMBIC_TABLE:
        return
    if statement.kind == "create_stmt":
        for element in statement.node.table_elts:
            if element.WhichOneof("node") == "column_def":
                yield table, element.column_def
        return
    for item in statement.node.cmds:
        if choice(item.alter_table_cmd, "subtype") == "AT_AddColumn":
            yield table, getattr(item.alter_table_cmd, "def").column_def
