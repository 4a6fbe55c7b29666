"""Alembic's tables of a database, all of them: which one is the project's is decided by its env.py, not here."""

from __future__ import annotations

from importlib.resources import files

import asyncpg

from deploy.model.version_tables import VersionRows


async def read_version_tables(connection: asyncpg.Connection) -> tuple[VersionRows, ...]:
    """Each with its rows; one that may not be read, or is locked just now, says so and spoils nothing else."""
    sql = files("deploy.adapters.postgres").joinpath("sql/version_tables.sql").read_text(encoding="utf-8")
    return tuple([await _read(connection, row) for row in await connection.fetch(sql)])


async def _read(connection: asyncpg.Connection, table: asyncpg.Record) -> VersionRows:
    found: tuple[str, ...] = ()
    problem = ""
    try:
        async with connection.transaction():  # a savepoint, where a transaction is open: an error must not end it
            rows = await connection.fetch(f"SELECT version_num FROM {table['quoted']} ORDER BY version_num")  # noqa: S608 - quoted by %I
            found = tuple(row["version_num"] for row in rows)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.LockNotAvailableError) as error:
        problem = str(error)
    return VersionRows(table["schema_name"], table["table_name"], found, table["is_on_path"], problem)
