"""The file review of the guides (M3): what to look for in a migration, what it does there, and where it is.

What is said of a statement follows from what it does; its kind alone only names the topic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from deploy.checking.risk.bookkeeping import is_bookkeeping
from deploy.checking.statements import Statement, read_statements
from deploy.checking.statements.commands import AddColumn, AlterColumnType, AlterCommand, DropColumn, SetNotNull
from deploy.checking.statements.constraints import Column, Default, Generated, Identity, NotNull, PrimaryKey
from deploy.checking.statements.row_changes import Delete, Update
from deploy.checking.statements.views import AlterTable, CreateIndex, CreateTable, DropTable, Truncate
from deploy.model.check import CheckedStatement, ReviewLine

# In the guides' order.
TOPICS = (
    "DROP TABLE", "DROP COLUMN", "TRUNCATE", "DELETE", "UPDATE", "ALTER COLUMN TYPE", "NOT NULL", "CREATE INDEX",
    "ADD COLUMN", "CREATE TABLE",
)
MANDATORY = (NotNull, PrimaryKey)
# What a statement that fails would do is not seen, and least of all that it does nothing.
DOES_NOT_RUN = "not known: it fails on this schema"
FILLED = (Default, Identity, Generated)


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
    view = statement.view
    if isinstance(view, DropTable):
        yield "DROP TABLE", _of_dropped_tables(item)
    elif isinstance(view, Truncate):
        yield "TRUNCATE", (
            "loses all rows" if item.effects.new_files else "the tables are made by this run: loses nothing"
        )
    elif isinstance(view, Delete | Update):
        word, does = ("DELETE", "loses rows") if isinstance(view, Delete) else ("UPDATE", "converts data")
        yield word, does if item.changed_tables else "the rows are made by this run, or the table has no rows"
    elif isinstance(view, CreateIndex):
        yield "CREATE INDEX", _of_index(item, view)
    elif isinstance(view, CreateTable):
        yield "CREATE TABLE", _of_table(item)
    elif isinstance(view, AlterTable):
        for command in view.commands:
            yield from _of_command(item, command)


def _of_dropped_tables(item: CheckedStatement) -> str:
    gone = any(drop.kind == "table" for drop in item.effects.drops)
    return "loses all its data" if gone else "the table did not exist before: loses nothing"


def _of_index(item: CheckedStatement, index: CreateIndex) -> str:
    unique = "fails if a value exists twice" if index.is_unique else ""
    if index.is_concurrent:
        return f"{unique}{'; ' if unique else ''}no session waits, but it takes longer"
    if not item.effects.blocking_tables:
        return "the table is made by this run: no session waits"
    return f"{unique}{'; ' if unique else ''}writers wait without CONCURRENTLY"


def _of_table(item: CheckedStatement) -> str:
    tables = ", ".join(item.effects.blocking_tables)
    return f"fine, but writers of {tables} wait for a short time" if tables else "fine"


def _of_command(item: CheckedStatement, command: AlterCommand) -> Iterator[tuple[str, str]]:
    is_old = bool(item.effects.blocking_tables)  # a table that this run makes has neither rows nor users
    if isinstance(command, DropColumn):
        gone = any(drop.kind == "table column" for drop in item.effects.drops)
        yield "DROP COLUMN", "loses its values" if gone else "the column did not exist before: loses nothing"
    elif isinstance(command, AlterColumnType):
        rewrites = "converts data; check that every value fits" if item.effects.rewrites else "no row is rewritten"
        yield "ALTER COLUMN TYPE", rewrites if is_old else "the table is made by this run: there are no values"
    elif isinstance(command, SetNotNull):
        yield "NOT NULL", _of_not_null(item, is_old=is_old)
    elif isinstance(command, AddColumn):
        yield from _of_new_column(item, command.column, is_old=is_old)


def _of_not_null(item: CheckedStatement, *, is_old: bool) -> str:
    if not is_old:
        return "the table is made by this run: there are no nulls"
    if item.effects.scans or item.effects.rewrites:
        return "reads the existing rows: it fails if there is a null"
    return "a CHECK proves it: no row is read"


def _of_new_column(item: CheckedStatement, column: Column, *, is_old: bool) -> Iterator[tuple[str, str]]:
    is_filled = column.has(*FILLED) or column.is_serial
    if item.effects.rewrites:
        yield "ADD COLUMN", "its value is computed for every row: the table is rewritten"
    else:
        yield "ADD COLUMN", "fine: no row is written"
    if column.has(*MANDATORY) and not is_filled and is_old:
        yield "NOT NULL", "without a default: it fails if the table has a row"


def _place(item: CheckedStatement) -> str:
    name = PurePath(item.path).name if item.path else item.revision_id
    return f"{name}:{item.line}" if item.line else name
