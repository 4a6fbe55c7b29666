"""Changes of rows, few at a time."""

from __future__ import annotations

from deploy.risk.safe_forms.code import BATCH_ROWS, autocommit, bare, execute, in_batches, place, steps, text
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


def in_slices(table: str, sql: str) -> str:
    """A statement of several tables: the user knows best by which key to slice it."""
    return steps(
        (
            f"in slices by a key of {table}: add `AND key BETWEEN :low AND :high` to its query, and commit each slice",
            autocommit(execute(sql)),
        )
    )


def written_out(table: str) -> str:
    """Rows that reviewers can read."""
    name, schema = text(bare(table)), place(table)
    return steps(
        (
            "rows that stand in the migration can be reviewed",
            f'op.bulk_insert(\n    sa.table({name}, sa.column("your_column"){schema}),\n    [{{"your_column": "your value"}}],\n)',
        )
    )
