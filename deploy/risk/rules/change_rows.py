"""UPDATE, DELETE, INSERT, TRUNCATE (requirement M1: data conversion is very high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Circumstances, Danger
from deploy.risk.statements import Statement, relation_name

# Bookkeeping: Alembic's own row, and the one-row table by which a schema says which images may serve it.
BOOKKEEPING_TABLES = frozenset({"alembic_version", "schema_window"})


def change_rows(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Rows that change cannot be had back by a downgrade."""
    if statement.kind == "truncate_stmt":
        yield Danger("truncate", RiskLevel.VERY_HIGH, "empties a table", True)
        return
    words = {"update_stmt": "update_rows", "delete_stmt": "delete_rows", "insert_stmt": "insert_rows"}
    rule = words.get(statement.kind)
    if rule is None:
        return
    table = relation_name(statement.node.relation)
    if table.rpartition(".")[2] in BOOKKEEPING_TABLES or table in circumstances.new_tables:
        return
    if rule == "insert_rows" and statement.node.select_stmt.select_stmt.values_lists:
        yield Danger("insert_rows", RiskLevel.LOW, f"adds rows to {table}")
        return
    yield Danger(rule, RiskLevel.VERY_HIGH, f"converts data of {table}; a downgrade does not bring it back")


def moves_schema_window(statement: Statement) -> bool:
    """Whether the schema itself declares that older images may no longer serve it."""
    return statement.kind == "update_stmt" and statement.node.relation.relname == "schema_window"
