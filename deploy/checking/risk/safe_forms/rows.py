"""Changes of rows, few at a time."""

from __future__ import annotations

from typing import Any

from deploy.checking.risk.safe_forms.code import BATCH_ROWS, autocommit, bare, execute, in_batches, place, steps, text
from deploy.checking.risk.safe_forms.sql_text import expression_sql, quoted, quoted_table, statement_sql
from deploy.checking.statements import Statement, parts


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


def update_in_batches(statement: Statement, node: Any, table: str, *, is_of_all: bool = False) -> str:
    """An UPDATE in batches; one that joins other tables or stands inside another statement is sliced by hand.

    Args:
        node: the UpdateStmt, or the InsertStmt of an upsert.
        is_of_all: whether its condition excludes no row.
    """
    is_plain = statement.kind == "update_stmt" and not node.from_clause and not node.HasField("with_clause")
    if not is_plain or any(item.res_target.val.WhichOneof("node") == "multi_assign_ref" for item in node.target_list):
        return in_slices(table, statement_sql(statement))
    targets = [item.res_target for item in node.target_list]
    if not _ends([target.val for target in targets], {target.name for target in targets}):
        return in_slices(table, statement_sql(statement))
    assignments = [(quoted(target.name), expression_sql(target.val)) for target in targets]
    condition = expression_sql(node.where_clause)
    changes = " OR ".join(f"{name} IS DISTINCT FROM ({value})" for name, value in assignments)
    left = changes if is_of_all else f"({condition}) AND ({changes})"
    return fill_in_batches(table, ", ".join(f"{name} = {value}" for name, value in assignments), left)


# Same input, same output: a row that was changed by these is done.
_IMMUTABLE = frozenset({"lower", "upper", "btrim", "ltrim", "rtrim", "replace", "md5", "left", "right", "round", "abs"})


def _ends(values: list[Any], changed: set[str]) -> bool:
    """Whether a row is done after its change, so that a loop over those that are not ends.

    `n + 1` of the column itself never is, nor are now() and random().
    """
    for value in values:
        for kind, part in parts(value):
            if kind == "SQLValueFunction":
                return False
            if kind == "FuncCall" and part.funcname[-1].string.sval.lower() not in _IMMUTABLE:
                return False
            if kind == "ColumnRef" and part.fields[-1].string.sval in changed:
                return False
    return True


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
