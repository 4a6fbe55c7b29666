"""Changes of rows, few at a time."""

from __future__ import annotations

from deploy.checking.risk.safe_forms.code import BATCH_ROWS, autocommit, bare, execute, in_batches, place, steps, text
from deploy.checking.statements import Statement, quoted, quoted_table, statement_sql
from deploy.checking.statements.row_changes import RowChange, Update


def batch_of(table: str, condition: str) -> str:
    """A WHERE that picks a batch of the rows that fulfil a condition, whatever the table's key is."""
    name = quoted_table(table)
    where = f" WHERE {condition}" if condition else ""
    again = f" AND ({condition})" if condition else ""
    return f"WHERE ctid = ANY(ARRAY(SELECT ctid FROM {name}{where} LIMIT {BATCH_ROWS})){again}"  # noqa: S608 - text for people, run by nobody here


def fill_in_batches(table: str, assignment: str, condition: str) -> str:
    """UPDATE in batches; the condition must be false for a row that is done."""
    return in_batches(f"UPDATE {quoted_table(table)} SET {assignment} {batch_of(table, condition)}")  # noqa: S608 - text for people, run by nobody here


def delete_in_batches(table: str, condition: str) -> str:
    """DELETE in batches."""
    return in_batches(f"DELETE FROM {quoted_table(table)} {batch_of(table, condition)}")  # noqa: S608 - text for people, run by nobody here


def empty_in_batches(tables: list[str]) -> str:
    """Every row of some tables, each table by its name; those that refer to others come first."""
    return steps(*((f"all rows of {table}", delete_in_batches(table, "")) for table in tables))


def update_in_batches(statement: Statement, change: RowChange, table: str, *, is_of_all: bool = False) -> str:
    """An UPDATE in batches; one that joins other tables or stands inside another statement is sliced by hand.

    Args:
        change: the UPDATE, or the INSERT of an upsert.
        is_of_all: whether its condition excludes no row.
    """
    if not isinstance(statement.view, Update) or not isinstance(change, Update) or change.has_from or change.has_with:
        return in_slices(table, statement_sql(statement))
    values = [(item.column, item.value) for item in change.assignments if item.value is not None]
    changed = frozenset(column for column, _ in values)
    if len(values) < len(change.assignments) or not all(value.comes_to_rest(changed) for _, value in values):
        return in_slices(table, statement_sql(statement))
    assignments = [(quoted(column), value.sql) for column, value in values]
    condition = change.where.sql if change.where is not None else ""
    changes = " OR ".join(f"{name} IS DISTINCT FROM ({value})" for name, value in assignments)
    left = changes if is_of_all else f"({condition}) AND ({changes})"
    return fill_in_batches(table, ", ".join(f"{name} = {value}" for name, value in assignments), left)


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
            (f'op.bulk_insert(\n    sa.table({name}, sa.column("your_column"){schema}),\n'
            '    [{"your_column": "your value"}],\n)'),
        )
    )
