"""One made-up row in each empty table that a migration touches: a downgrade that meets rows does other things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg

MOST_TABLES = 40
# Triggers and foreign keys are off: the row is there to be met, not to be right.
BEGIN = "SET session_replication_role = replica"
COLUMNS = """
SELECT a.attname, a.attnotnull, a.atthasdef OR a.attidentity <> '', t.typcategory::text, t.typname,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       (SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = coalesce(nullif(t.typbasetype, 0), t.oid)
         ORDER BY e.enumsortorder LIMIT 1)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
"""
BY_NAME = {
    "uuid": "00000000-0000-0000-0000-000000000001", "json": "{}", "jsonb": "{}", "bytea": "", "xml": "<a/>",
    "money": "1", "inet": "127.0.0.1", "cidr": "127.0.0.1", "tsvector": "a", "interval": "1 day",
}
BY_CATEGORY = {"N": "1", "S": "1", "B": "true", "D": "2020-01-01", "T": "1 day", "A": "{}", "R": "empty", "V": "1"}


class MadeUpRows:
    """Puts them in, and takes them out again.

    Attributes:
        oids: of the tables that hold one.
    """

    def __init__(self) -> None:
        self.oids: list[int] = []

    async def put(self, connection: asyncpg.Connection, oids: Iterable[int]) -> None:
        """Into those of these tables that are empty; where no row fits, the table stays empty."""
        await connection.execute(BEGIN)
        for oid in list(dict.fromkeys(oids))[:MOST_TABLES]:
            name = await connection.fetchval("SELECT c.oid::regclass::text FROM pg_class c WHERE c.oid = $1", oid)
            if name is None or await connection.fetchval(f"SELECT EXISTS (SELECT FROM {name})"):  # noqa: S608 - its own name
                continue
            columns = await connection.fetch(COLUMNS, oid)
            for sql in row_inserts(name, columns):
                with suppress(asyncpg.PostgresError):
                    await connection.execute(sql)
                    self.oids.append(oid)
                    break

    async def take(self, connection: asyncpg.Connection) -> None:
        """Whatever became of these tables."""
        await connection.execute(BEGIN)
        for oid in self.oids:
            name = await connection.fetchval("SELECT c.oid::regclass::text FROM pg_class c WHERE c.oid = $1", oid)
            if name is not None:
                with suppress(asyncpg.PostgresError):
                    await connection.execute(f"DELETE FROM {name}")  # noqa: S608 - its own name
        self.oids = []


def row_inserts(name: str, columns: Sequence[Sequence[Any]]) -> list[str]:
    """First with every value, then with those alone that must be given; the first that fits is enough."""
    values = {column[0]: value for column in columns if (value := _value(column)) is not None}
    needed = {column[0] for column in columns if column[1] and not column[2]}
    return [_insert(name, values), _insert(name, {key: value for key, value in values.items() if key in needed})]


def _value(column: Sequence[Any]) -> str | None:
    """A literal of the column's type; None where nobody knows one."""
    _, _, _, category, type_name, shown_type, label = column
    text = label if label is not None else BY_NAME.get(type_name, BY_CATEGORY.get(category))
    return None if text is None else f"{_literal(text)}::{shown_type}"


def _insert(name: str, values: dict[str, str]) -> str:
    if not values:
        return f"INSERT INTO {name} DEFAULT VALUES"
    columns = ", ".join('"' + column.replace('"', '""') + '"' for column in values)
    return f"INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({', '.join(values.values())})"  # noqa: S608


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
