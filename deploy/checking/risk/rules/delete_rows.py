"""DELETE (converting data is very high).

The rows come back only from a backup, and a downgrade does not bring them back. One large statement holds its
row locks until COMMIT, bloats the table, and runs every foreign key's check and every trigger.

Who waits: sessions that write one of these rows, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import none_yet, rows_of
from deploy.checking.risk.safe_forms import rows
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.row_changes import Delete
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Also inside WITH, where the statement looks like a SELECT or an INSERT."""
    for delete in statement.changes_of(Delete):
        table = delete.table
        if circumstances.is_new(table) or delete.where is None or not delete.has_where:
            continue  # delete_without_where says more
        condition = delete.where.sql
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"deletes rows of {table}; a downgrade does not bring them back{none_yet(circumstances, table)}",
            table=table,
            loses="" if circumstances.is_empty(table) else f"{rows_of(circumstances, table)} where {condition}",
            safe_form=_safe_form(delete, table, condition, statement),
        )


def _safe_form(delete: Delete, table: str, condition: str, statement: Statement) -> str:
    """In batches; one that joins other tables is sliced by hand."""
    if delete.has_using or delete.has_with or not isinstance(statement.view, Delete):
        return rows.in_slices(table, statement_sql(statement))
    return rows.delete_in_batches(table, condition)


RULE = Rule("delete_rows", check)
