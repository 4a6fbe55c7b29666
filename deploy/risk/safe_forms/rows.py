"""Changes of rows, few at a time."""

from __future__ import annotations

from deploy.risk.safe_forms.code import BATCH_ROWS, in_batches
from deploy.risk.safe_forms.sql_text import quoted_table


def batch_of(table: str, condition: str) -> str:
    """A WHERE that picks a batch of the rows that fulfil a condition, whatever the table's key is."""
    name = quoted_table(table)
    where = f" WHERE {condition}" if condition else ""
    again = f" AND ({condition})" if condition else ""
    return f"WHERE ctid = ANY(ARRAY(SELECT ctid FROM {name}{where} LIMIT {BATCH_ROWS})){again}"


def fill_in_batches(table: str, assignment: str, condition: str) -> str:
    """UPDATE in batches; the condition must be false for a row that is done."""
    return in_batches(f"UPDATE {quoted_table(table)} SET {assignment} {batch_of(table, condition)}")


def delete_in_batches(table: str, condition: str) -> str:
    """DELETE in batches."""
    return in_batches(f"DELETE FROM {quoted_table(table)} {batch_of(table, condition)}")
