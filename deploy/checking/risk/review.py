"""The file review of the guides (M3): what to look for in a migration, what it does there, and where it is.

What is said of a statement follows from what it does; its kind alone only names the topic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from deploy.checking.risk.bookkeeping import is_bookkeeping
from deploy.checking.statements import SERIAL_TYPES, Statement, choice, enum_name, read_statements, type_name
from deploy.model.check import CheckedStatement, ReviewLine

# In the guides' order.
TOPICS = (
    "DROP TABLE", "DROP COLUMN", "TRUNCATE", "DELETE", "UPDATE", "ALTER COLUMN TYPE", "NOT NULL", "CREATE INDEX",
    "ADD COLUMN", "CREATE TABLE",
)
MANDATORY = frozenset({"CONSTR_NOTNULL", "CONSTR_PRIMARY"})
# What a statement that fails would do is not seen, and least of all that it does nothing.
DOES_NOT_RUN = "not known: it fails on this schema"
FILLED = frozenset({"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"})


def review(statements: Sequence[CheckedStatement]) -> tuple[ReviewLine, ...]:
    """Only topics that occur, in the guides' order; one line for each thing that is to be said of a topic."""
    places: dict[tuple[str, str], list[str]] = {}
    for item in statements:
        for statement in (found for found in read_statements(item.sql) if not is_bookkeeping(found)):
            for topic, verdict in _told(item, statement):
                known = DOES_NOT_RUN if item.effects.error else verdict
                places.setdefault((topic, known), []).append(_place(item))
    ordered = sorted(places, key=lambda told: TOPICS.index(told[0]))
    return tuple(ReviewLine(topic, verdict, tuple(dict.fromkeys(places[topic, verdict]))) for topic, verdict in ordered)


def _told(item: CheckedStatement, statement: Statement) -> Iterator[tuple[str, str]]:
    """Topic and verdict."""
    kind = statement.kind
    if kind == "drop_stmt" and enum_name(statement.node, "remove_type") == "OBJECT_TABLE":
        yield "DROP TABLE", _of_dropped_tables(item)
    elif kind == "truncate_stmt":
        yield "TRUNCATE", "loses all rows" if item.effects.new_files else "of tables that this run makes: loses nothing"
    elif kind in {"delete_stmt", "update_stmt"}:
        word, does = ("DELETE", "loses rows") if kind == "delete_stmt" else ("UPDATE", "converts data")
        yield word, does if item.changed_tables else "of rows that this run makes, or of a table without rows"
    elif kind == "index_stmt":
        yield "CREATE INDEX", _of_index(item, statement)
    elif kind == "create_stmt":
        yield "CREATE TABLE", _of_table(item)
    elif kind == "alter_table_stmt":
        for command in statement.node.cmds:
            yield from _of_command(item, command.alter_table_cmd)


def _of_dropped_tables(item: CheckedStatement) -> str:
    gone = any(drop.kind == "table" for drop in item.effects.drops)
    return "loses all its data" if gone else "of no table that was there before: loses nothing"


def _of_index(item: CheckedStatement, statement: Statement) -> str:
    unique = "fails if a value is there twice" if statement.node.unique else ""
    if statement.node.concurrent:
        return f"{unique}{'; ' if unique else ''}nobody waits, it takes longer"
    if not item.effects.blocking_tables:
        return "on a table that this run makes: nobody waits"
    return f"{unique}{'; ' if unique else ''}writers wait without CONCURRENTLY"


def _of_table(item: CheckedStatement) -> str:
    tables = ", ".join(item.effects.blocking_tables)
    return f"fine, but writers of {tables} wait for a moment" if tables else "fine"


def _of_command(item: CheckedStatement, command: Any) -> Iterator[tuple[str, str]]:
    kind = enum_name(command, "subtype")
    is_old = bool(item.effects.blocking_tables)  # a table that this run makes has neither rows nor users
    if kind == "AT_DropColumn":
        gone = any(drop.kind == "table column" for drop in item.effects.drops)
        yield "DROP COLUMN", "loses its values" if gone else "of no column that was there before: loses nothing"
    elif kind == "AT_AlterColumnType":
        rewrites = "converts data; check that every value fits" if item.effects.rewrites else "no row is written anew"
        yield "ALTER COLUMN TYPE", rewrites if is_old else "of a table that this run makes: there are no values"
    elif kind == "AT_SetNotNull":
        yield "NOT NULL", _of_not_null(item, is_old=is_old)
    elif kind == "AT_AddColumn":
        yield from _of_new_column(item, getattr(command, "def").column_def, is_old=is_old)


def _of_not_null(item: CheckedStatement, *, is_old: bool) -> str:
    if not is_old:
        return "of a table that this run makes: there are no nulls"
    if item.effects.scans or item.effects.rewrites:
        return "meets existing nulls: it fails if there is one"
    return "proven by a CHECK: no row is read"


def _of_new_column(item: CheckedStatement, column: Any, *, is_old: bool) -> Iterator[tuple[str, str]]:
    kinds = {choice(part.constraint, "contype") for part in column.constraints}
    is_filled = bool(kinds & FILLED) or type_name(column) in SERIAL_TYPES
    if item.effects.rewrites:
        yield "ADD COLUMN", "its value is worked out for every row: the table is written anew"
    else:
        yield "ADD COLUMN", "fine: no row is written"
    if kinds & MANDATORY and not is_filled and is_old:
        yield "NOT NULL", "without a default: it fails if the table has a row"


def _place(item: CheckedStatement) -> str:
    name = PurePath(item.path).name if item.path else item.revision_id
    return f"{name}:{item.line}" if item.line else name
