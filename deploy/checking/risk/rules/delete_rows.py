"""DELETE (converting data is very high).

The rows cannot be had back without a backup, and a downgrade does not bring them back. One large statement holds its
row locks until COMMIT, bloats the table, and runs every foreign key's check and every trigger.

Who waits: whoever writes one of these rows, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.conditions import always_true
from deploy.checking.risk.rules.reading.words import none_yet, rows_of
from deploy.checking.risk.safe_forms import rows
from deploy.checking.risk.safe_forms.sql_text import expression_sql, statement_sql
from deploy.checking.statements import Statement, nodes_of, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Also inside WITH, where the statement looks like a SELECT or an INSERT."""
    for node in nodes_of(statement, "DeleteStmt"):
        table = relation_name(node.relation)
        if circumstances.is_new(table) or always_true(node.where_clause):
            continue  # delete_without_where says more
        condition = expression_sql(node.where_clause)
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"deletes rows of {table}; a downgrade does not bring them back{none_yet(circumstances, table)}",
            table=table,
            loses="" if circumstances.is_empty(table) else f"{rows_of(circumstances, table)} where {condition}",
            safe_form=_safe_form(node, table, condition, statement),
        )


def _safe_form(node: Any, table: str, condition: str, statement: Statement) -> str:
    """In batches; one that joins other tables is sliced by hand."""
    if node.using_clause or node.HasField("with_clause") or statement.kind != "delete_stmt":
        return rows.in_slices(table, statement_sql(statement))
    return rows.delete_in_batches(table, condition)


RULE = Rule("delete_rows", check)
