"""Changes that older code would notice, in two releases: first both forms, then only the new one."""

from __future__ import annotations

from typing import Any

from deploy.risk.safe_forms.code import bare, execute, made_name, patiently, place, steps, text
from deploy.risk.safe_forms.rows import fill_in_batches
from deploy.risk.safe_forms.sql_text import expression_sql, of_new_row, quoted, quoted_table


def sync_trigger(table: str, old: str, new: str, value: str) -> list[str]:
    """Whoever writes the old column writes the new one too."""
    function = quoted(made_name(table, old, "copy"))
    body = (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN NEW.{quoted(new)} := {value}; RETURN NEW; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {function} BEFORE INSERT OR UPDATE ON {quoted_table(table)} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    return [execute(body), execute(trigger)]


def rename_column(table: str, old: str, new: str, column_type: str) -> str:
    """The new name beside the old one."""
    return _replaced(table, old, new, column_type or "text", f"NEW.{quoted(old)}", quoted(old))


def change_type(table: str, column: str, column_type: str, using: Any = None) -> str:
    """A column of the new type beside the old one.

    Args:
        using: the expression that makes the new value (a Node); a plain cast where there is none.
    """
    new = made_name(column, "", "new")
    cast = f"{quoted(column)}::{column_type}"
    written = expression_sql(using) if using is not None else ""
    of_row = of_new_row(using) if written else f"NEW.{cast}"
    return _replaced(table, column, new, column_type, of_row, written or cast)


def _replaced(table: str, old: str, new: str, column_type: str, value: str, source: str) -> str:
    function = quoted(made_name(table, old, "copy"))
    add = f"ALTER TABLE {quoted_table(table)} ADD COLUMN {quoted(new)} {column_type}"
    contract = patiently(
        execute(f"DROP TRIGGER {function} ON {quoted_table(table)}"),
        execute(f"DROP FUNCTION {function}()"),
        f"op.drop_column({text(bare(table))}, {text(old)}{place(table)})",
    )
    return steps(
        (
            f"release 1: {new} beside {old}; whoever writes {old} writes both",
            patiently(execute(add), *sync_trigger(table, old, new, value)),
        ),
        (
            "the next revision: the rows that were there before, each batch committed",
            fill_in_batches(table, f"{quoted(new)} = {source}", f"{quoted(new)} IS NULL AND ({source}) IS NOT NULL"),
        ),
        (f"release 2, code that uses {new} only; once no older code runs, after a backup", contract),
    )


def rename_relation(old: str, new: str, alter: str, word: str = "TABLE") -> str:
    """The old name stays as a view that may be written to."""
    del word
    return steps(
        (
            "release 1: both names in one transaction; the view takes reads and writes of older code",
            patiently(execute(alter), execute(f"CREATE VIEW {quoted_table(old)} AS SELECT * FROM {quoted_table(new)}")),  # noqa: S608 - text for people, run by nobody here
        ),
        ("release 2, once no older code runs", execute(f"DROP VIEW {quoted_table(old)}")),
    )


def drop_table_later(table: str) -> str:
    """Out of the way first; gone when nobody missed it."""
    retired = made_name(table, "", "retired")
    schema = table.rpartition(".")[0]
    return steps(
        (
            "release 1: code that no longer uses the table; this can be taken back at once",
            patiently(f"op.rename_table({text(bare(table))}, {text(retired)}{place(table)})"),
        ),
        (
            "release 2, when nobody missed it: after a backup, nothing else in this transaction",
            patiently(f"op.drop_table({text(retired)}{place(f'{schema}.x' if schema else 'x')})"),
        ),
    )


def rename_enum_value(type_name: str, old: str, new: str) -> str:
    """The new value beside the old one."""
    return steps(
        (
            "release 1: code that understands both values",
            execute(
                f"ALTER TYPE {quoted_table(type_name)} ADD VALUE IF NOT EXISTS '{_literal(new)}' AFTER "
                f"'{_literal(old)}'"
            ),
        ),
        (
            ("release 2 writes the new value only; then convert the rows in batches, table by table. The old value "
            "may stay"),
            "pass",
        ),
    )


def _literal(value: str) -> str:
    return value.replace("'", "''")


def schema_beside(old: str, new: str, tables: list[str]) -> str:
    """Views under the new name, while code moves over.

    Args:
        tables: what is known to lie in the schema.
    """
    named = [quoted(name) for name in tables] or ["your_table"]
    views = [f"CREATE VIEW {quoted(new)}.{name} AS TABLE {quoted(old)}.{name}" for name in named]
    moves = [
        patiently(
            execute(f"DROP VIEW {quoted(new)}.{name}"),
            execute(f"ALTER TABLE {quoted(old)}.{name} SET SCHEMA {quoted(new)}"),
        )
        for name in named
    ]
    return steps(
        (
            "release 1: the new schema, with a view of each table; code moves over",
            "\n".join((execute(f"CREATE SCHEMA {quoted(new)}"), *(execute(view) for view in views))),
        ),
        *(("release 2, once no older code runs, a revision for each table", move) for move in moves),
    )

def view_beside(old: str, new: str) -> str:
    """Both names."""
    return steps(
        (
            "release 1: the new name beside the old one",
            execute(f"CREATE VIEW {quoted_table(new)} AS SELECT * FROM {quoted_table(old)}"),  # noqa: S608 - text for people, run by nobody here
        ),
        ("release 2, once no older code runs: the new name gets the query itself, and the old view goes", "pass"),
    )
