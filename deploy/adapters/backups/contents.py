"""What a database holds: exact counts, hashes, sequences, extensions, in one exported snapshot that pg_dump shares."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import asyncpg

from deploy.adapters.postgres.version_tables import read_version_tables
from deploy.model.backups import Activity, DatabaseContent, DatabaseProperties, SequenceValue, TableContent
from deploy.model.releases import VersionTable
from deploy.model.version_tables import VersionRows, revision_in

# How a value looks as text must not depend on the session; row security would hide rows.
FIXED_LOOKS = """
SET statement_timeout = 0; SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = 0;
SET row_security = off; SET search_path = pg_catalog; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = 'hex'; SET xmlbinary = 'base64';
SET lc_monetary = 'C'; SET max_parallel_workers_per_gather = 0
"""
COUNT = "SELECT count(*), {size} FROM ONLY {table}"
SIZE = "pg_catalog.pg_table_size({name}::pg_catalog.regclass)"
# The sum does not depend on the order of rows, nor the row on the order of columns: an inherited table gets its
# parent's later columns in front when it is restored. Values are hashed as they are, not as text: three times as
# fast (measured). hash_record only adds up its columns: without the second hash, values that changed places between
# two rows would leave the sum as it was. sum(bigint) is exact, and quicker than sum(numeric).
COUNT_AND_HASH = (
    "SELECT count(*), {size}, "
    "coalesce(sum(hashfloat8extended(hash_record_extended(ROW({columns}), 0)::float8, 0)), 0)::text FROM ONLY {table} r"
)


@dataclass(frozen=True)
class TableShape:
    """A table that can be read.

    Attributes:
        name: `schema.table`, quoted.
        columns: as expressions for the hash, in the order of their names.
    """

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """The quick part: everything but the tables' content."""

    raw: dict[str, Any]
    sequences: tuple[SequenceValue, ...]
    revision_ids: tuple[str, ...]
    properties: DatabaseProperties
    server_id: str | None

    @property
    def tables(self) -> tuple[TableShape, ...]:
        """In the order of their names."""
        return tuple(TableShape(name, tuple(columns or ())) for name, columns in self.raw["tables"] or ())

    @property
    def activity(self) -> Activity:
        """Counters."""
        raw = self.raw
        return Activity(raw["rows_written"] or 0, raw["transactions"] or 0, raw["counted_since"])

    def content(self, tables: Sequence[TableContent]) -> DatabaseContent:
        """With the tables' content."""
        raw = self.raw
        return DatabaseContent(
            revision_ids=self.revision_ids, tables=tuple(tables), sequences=self.sequences,
            extensions=tuple(raw["extensions"] or ()), large_objects=raw["large_objects"],
            invalid_indexes=tuple(raw["invalid_indexes"] or ()),
            unvalidated_constraints=tuple(raw["unvalidated_constraints"] or ()),
            left_out=tuple(raw["foreign_tables"] or ()),
        )


@asynccontextmanager
async def reading(connection: asyncpg.Connection) -> AsyncIterator[str]:
    """One repeatable-read transaction; its snapshot's name, for pg_dump's --snapshot."""
    await connection.execute(FIXED_LOOKS)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield await connection.fetchval("SELECT pg_catalog.pg_export_snapshot()")


async def read_facts(connection: asyncpg.Connection, version_table: VersionTable | None = None) -> Facts:
    """Everything but the tables' content, in the open snapshot.

    Args:
        version_table: where the project's env.py keeps the revision; None: not known here.
    """
    raw = json.loads(await connection.fetchval(_sql("content.sql")))
    sequences = [await _sequence(connection, name) for name in raw["sequences"] or ()]
    revisions = _revisions(await read_version_tables(connection), version_table)
    properties = _properties(json.loads(await connection.fetchval(_sql("properties.sql"))))
    return Facts(raw, tuple(sequences), revisions, properties, await _server_id(connection))


def _revisions(tables: Sequence[VersionRows], version_table: VersionTable | None) -> tuple[str, ...]:
    """As env.py says; where that is not known, the only table that there is."""
    found, _ = revision_in(tables, version_table)
    return found or (tables[0].revision_ids if len(tables) == 1 else ())


async def read_table(connection: asyncpg.Connection, table: TableShape, *, has_hash: bool) -> TableContent:
    """Exact count, and the hash where wanted."""
    size = SIZE.format(name="'" + table.name.replace("'", "''") + "'")
    if not has_hash:
        row = await connection.fetchrow(COUNT.format(table=table.name, size=size))
        return TableContent(table.name, row[0], None, row[1])
    sql = COUNT_AND_HASH.format(table=table.name, size=size, columns=", ".join(table.columns))
    row = await connection.fetchrow(sql)
    return TableContent(table.name, row[0], row[2], row[1])


async def _sequence(connection: asyncpg.Connection, name: str) -> SequenceValue:
    row = await connection.fetchrow(f"SELECT last_value, is_called FROM {name}")  # noqa: S608 - quoted by %I
    kind = await connection.fetchrow(
        "SELECT seqincrement, seqcycle FROM pg_catalog.pg_sequence WHERE seqrelid = $1::text::regclass", name
    )
    direction = 0 if kind["seqcycle"] else (1 if kind["seqincrement"] > 0 else -1)
    return SequenceValue(name, row["last_value"], row["is_called"], direction)


async def _server_id(connection: asyncpg.Connection) -> str | None:
    """Managed services may forbid the function."""
    may = "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')"
    if not await connection.fetchval(may):
        return None
    return str(await connection.fetchval("SELECT system_identifier::text FROM pg_catalog.pg_control_system()"))


def _properties(raw: dict[str, Any]) -> DatabaseProperties:
    statements = list(raw["statements"])
    if raw["has_acl"]:  # an explicit list of rights replaces the default ones
        statements.insert(0, "REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    return DatabaseProperties(
        owner=raw["owner"], encoding=raw["encoding"], locale_provider=raw["locale_provider"], collate=raw["collate"],
        ctype=raw["ctype"], locale=raw["locale"], connection_limit=raw["connection_limit"],
        statements=tuple(statements),
    )


def _sql(name: str) -> str:
    return files("deploy.adapters.backups").joinpath(f"sql/{name}").read_text(encoding="utf-8")
