"""Rows for every table of a scratch database, made from its catalog; values are plain and differ from row to row.

A row is made by PostgreSQL's own reading of a text, so that any type is served. Rows of referenced tables come first;
a CHECK constraint's own literals are tried where plain values are refused. What cannot be filled is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import product
from typing import Any

import asyncpg

ROWS_EACH = 12
MOST_VARIANTS = 24
NULL_EVERY = 3
_LITERAL = re.compile(r"'((?:[^']|'')*)'|\b(-?\d+(?:\.\d+)?)\b")
_BY_TYPE: Mapping[str, Callable[[int], str]] = {
    "bool": lambda i: ("true", "false")[i % 2],
    "date": lambda i: f"2024-01-{1 + i % 28:02}",
    "timestamp": lambda i: f"2024-01-{1 + i % 28:02} 10:00:00",
    "timestamptz": lambda i: f"2024-01-{1 + i % 28:02} 10:00:00+00",
    "time": lambda i: f"{i % 24:02}:00:00", "timetz": lambda i: f"{i % 24:02}:00:00+00",
    "interval": lambda i: f"{i} minutes",
    "uuid": lambda i: f"00000000-0000-4000-8000-{i:012x}",
    "json": lambda i: json.dumps({"n": i}), "jsonb": lambda i: json.dumps({"n": i}),
    "bytea": lambda i: f"\\x{i:02x}",
    "inet": lambda i: f"10.0.0.{1 + i % 250}", "cidr": lambda i: f"10.0.{i % 250}.0/24",
    "macaddr": lambda i: f"02:00:00:00:00:{i % 256:02x}",
    "point": lambda i: f"({i},{i})", "xml": lambda i: f"<n>{i}</n>", "tsvector": lambda i: f"word{i}",
    "bit": lambda i: str(i % 2), "varbit": lambda i: f"{i:b}", "hstore": lambda i: f"n=>{i}",
    "int4range": lambda i: f"[{10 * i},{10 * i + 5})", "int8range": lambda i: f"[{10 * i},{10 * i + 5})",
    "numrange": lambda i: f"[{10 * i},{10 * i + 5})", "daterange": lambda i: f"[2024-01-{1 + i % 27:02},2024-02-01)",
    "tstzrange": lambda i: f"[2024-01-{1 + i % 27:02},2024-02-01)",
    "tsrange": lambda i: f"[2024-01-{1 + i % 27:02},2024-02-01)",
}


@dataclass
class Filled:
    """What was made: rows by table, and why some tables are empty."""

    rows: dict[str, int] = field(default_factory=dict)
    unfilled: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Rows of all tables together."""
        return sum(self.rows.values())


async def fill_tables(connection: asyncpg.Connection, only_empty: bool = True) -> Filled:
    """Insert rows; each statement's failure is that row's alone."""
    tables = json.loads(await connection.fetchval(_sql("tables")) or "[]")
    filled = Filled()
    for table in in_order(tables):
        if only_empty and await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table['name']})"):  # noqa: S608
            continue
        made, problem = 0, ""
        for number in range(1, ROWS_EACH + 1):
            problem = await _insert(connection, table, number)
            made += not problem
        if made:
            filled.rows[table["name"]] = made
        else:
            filled.unfilled[table["name"]] = problem
    return filled


def in_order(tables: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Referenced tables first; those that refer to each other in a circle last, as they come."""
    rest, done, found = list(tables), set[str](), []
    while rest:
        ready = [t for t in rest if all(k["to"] in done or k["to"] == t["name"] for k in t["foreign_keys"])] or rest
        found += ready
        done |= {table["name"] for table in ready}
        rest = [table for table in rest if table["name"] not in done]
    return found


async def _insert(connection: asyncpg.Connection, table: Mapping[str, Any], number: int) -> str:
    """One row; PostgreSQL's words where none of the variants is taken."""
    linked = await _linked(connection, table, number)
    problem = "it has no column that can be set"
    for values in _variants(table, number, linked):
        names = ", ".join(column["quoted"] for column in table["columns"] if column["name"] in values)
        places = ", ".join(
            f"${place}::text::{column['type']}"
            for place, column in enumerate((c for c in table["columns"] if c["name"] in values), start=1)
        )
        words = f"({names}) VALUES ({places})" if values else "DEFAULT VALUES"
        given = [values[c["name"]] for c in table["columns"] if c["name"] in values]
        try:
            async with connection.transaction():
                await connection.execute(f"INSERT INTO {table['name']} {words}", *given)
        except asyncpg.PostgresError as error:
            problem = str(error)
        else:
            return ""
    return problem


async def _linked(connection: asyncpg.Connection, table: Mapping[str, Any], number: int) -> dict[str, str | None]:
    """Values of foreign keys: those of the n-th row that is referred to."""
    found: dict[str, str | None] = {}
    for key in table["foreign_keys"]:
        columns = ", ".join(f"{name}::text" for name in key["quoted_to_columns"])
        there = await connection.fetchval(f"SELECT count(*) FROM {key['to']}")  # noqa: S608
        row = await connection.fetchrow(
            f"SELECT {columns} FROM {key['to']} ORDER BY {columns} OFFSET $1 LIMIT 1",  # noqa: S608
            (number - 1) % max(there, 1),
        )
        found |= dict(zip(key["columns"], row or [None] * len(key["columns"]), strict=True))
    return found


def _variants(
    table: Mapping[str, Any], number: int, linked: Mapping[str, str | None]
) -> Iterator[dict[str, str | None]]:
    """Plain values first; then each CHECK's own literals for the columns that it names."""
    plain: dict[str, str | None] = {}
    for column in table["columns"]:
        if column["name"] in linked:
            plain[column["name"]] = linked[column["name"]]
        elif column["is_required"] or (not column["has_default"] and (number % NULL_EVERY or not column["is_null"])):
            plain[column["name"]] = value_of(column, number)
    yield plain
    required = {column["name"] for column in table["columns"] if column["is_required"]}
    yield {name: value for name, value in plain.items() if name in required or name in linked}
    choices: dict[str, list[str | None]] = {}
    for check in table["checks"]:
        literals = [text.replace("''", "'") or number_ for text, number_ in _LITERAL.findall(check["definition"])]
        for name in check["columns"]:
            if name in plain and name not in linked:
                rotated = literals[number % len(literals) :] + literals[: number % len(literals)] if literals else []
                choices.setdefault(name, []).extend(rotated)
    names = list(choices)
    for count, values in enumerate(product(*(choices[name] for name in names)) if names else ()):
        if count >= MOST_VARIANTS:
            return
        yield plain | dict(zip(names, values, strict=True))


def value_of(column: Mapping[str, Any], number: int) -> str:
    """A text that PostgreSQL reads as a value of this column; `number` makes it differ."""
    base, labels = column["base_type"], column["labels"]
    if column["is_array"]:
        element = value_of({**column, "is_array": False}, number).replace("\\", "\\\\").replace('"', '\\"')
        return f'{{"{element}"}}'
    if labels:
        return str(labels[number % len(labels)])
    if base in _BY_TYPE:
        return _BY_TYPE[base](number)
    if column["category"] == "N":
        return str(number)
    text = f"{column['name']} {number}"
    length = column["length"]
    return text if not length or len(text) <= length else str(number)[-length:].rjust(length, "x")


async def read_rows(connection: asyncpg.Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by column; Alembic's own table left out."""
    tables = json.loads(await connection.fetchval(_sql("tables")) or "[]")
    found = {}
    for table in tables:
        rows = await connection.fetch(
            f"SELECT to_jsonb(t)::text FROM {table['name']} t ORDER BY 1"  # noqa: S608 - quoted by the catalog
        )
        found[table["name"]] = [json.loads(row[0]) for row in rows]
    return found


def losses(before: Mapping[str, list[dict[str, Any]]], after: Mapping[str, list[dict[str, Any]]]) -> tuple[str, ...]:
    """What was there before and is not any more: whole tables, rows, and columns whose values changed."""
    found = []
    for table, rows in before.items():
        if table not in after:
            continue  # the schema's comparison says so
        left = after[table]
        if len(left) < len(rows):
            found.append(f"{table}: {len(rows) - len(left)} of {len(rows)} rows are gone")
            continue
        for name in rows[0] if rows else ():
            was = sorted(json.dumps(row.get(name), sort_keys=True) for row in rows)
            now = sorted(json.dumps(row.get(name), sort_keys=True) for row in left)
            missing = [value for value in was if value not in now]
            if missing:
                found.append(f"{table}.{name}: {len(missing)} of {len(rows)} values are not what they were")
    return tuple(found)


def _sql(name: str) -> str:
    return files("deploy.development.adapters").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
