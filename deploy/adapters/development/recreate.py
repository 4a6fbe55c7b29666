"""A database made anew; the old one is kept under another name until the new one is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect
from deploy.model.errors import BlockedError

KEPT_SUFFIX = "_before_recreate"
MAINTENANCE = "postgres"
LONGEST_NAME = 63
_FACTS = """
SELECT pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding, datcollate, datctype
  FROM pg_database WHERE datname = $1
"""
_EXTENSIONS = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname"


@contextmanager
def recreated(address: DatabaseAddress, say: Callable[[str], None]) -> Iterator[None]:
    """Inside, an empty database bears the name; an exception gives the name back to the old one.

    Raises:
        BlockedError: the role may not create databases, or an old one is left from a run that was killed.
    """
    loop = LoopThread()
    try:
        loop.run(_swap(address, say))
        try:
            yield
        except BaseException:
            loop.run(_give_back(address, say))
            raise
        loop.run(_drop_kept(address))
    finally:
        loop.close()


def kept_name(database_name: str) -> str:
    """What the old database is called meanwhile."""
    return database_name[: LONGEST_NAME - len(KEPT_SUFFIX)] + KEPT_SUFFIX


async def _swap(address: DatabaseAddress, say: Callable[[str], None]) -> None:
    extensions = await _read_extensions(address)
    connection = await connect(replace(address, database_name=MAINTENANCE))
    old, kept = _quoted(address.database_name), kept_name(address.database_name)
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", kept):
            raise BlockedError(
                f"database {kept} is there already: a run was killed, and it holds the old rows",
                hint=f"take it back (DROP DATABASE {old}; ALTER DATABASE {_quoted(kept)} RENAME TO {old}), or drop it",
                reference="recreate-left-over",
            )
        facts = await connection.fetchrow(_FACTS, address.database_name)
        await _end_sessions(connection, address.database_name)
        await connection.execute(f"ALTER DATABASE {old} RENAME TO {_quoted(kept)}")
        try:
            await connection.execute(
                f"CREATE DATABASE {old} OWNER {_quoted(facts['owner'])} TEMPLATE template0 "
                f"ENCODING '{facts['encoding']}' LC_COLLATE '{facts['datcollate']}' LC_CTYPE '{facts['datctype']}'"
            )
        except asyncpg.PostgresError:
            await connection.execute(f"ALTER DATABASE {_quoted(kept)} RENAME TO {old}")
            raise
    except asyncpg.PostgresError as error:
        raise BlockedError(
            f"database {address.database_name} cannot be made anew: {error}",
            hint="its role needs CREATEDB and must own the database", reference="recreate-refused",
        ) from None
    finally:
        await connection.close()
    await _create_extensions(address, extensions, say)


async def _read_extensions(address: DatabaseAddress) -> list[str]:
    connection = await connect(address)
    try:
        return [row["extname"] for row in await connection.fetch(_EXTENSIONS)]
    finally:
        await connection.close()


async def _create_extensions(address: DatabaseAddress, names: list[str], say: Callable[[str], None]) -> None:
    """Those that were there: often made by hand, by a role that migrations do not have."""
    connection = await connect(address)
    try:
        for name in names:
            try:
                await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {_quoted(name)} CASCADE")
            except asyncpg.PostgresError as error:
                say(f"extension {name} was there before and cannot be made: {error}")
    finally:
        await connection.close()


async def _give_back(address: DatabaseAddress, say: Callable[[str], None]) -> None:
    connection = await connect(replace(address, database_name=MAINTENANCE))
    name, kept = _quoted(address.database_name), _quoted(kept_name(address.database_name))
    try:
        await _end_sessions(connection, address.database_name)
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
        await connection.execute(f"ALTER DATABASE {kept} RENAME TO {name}")
    finally:
        await connection.close()
    say(f"{address.database_name} is as it was")


async def _drop_kept(address: DatabaseAddress) -> None:
    connection = await connect(replace(address, database_name=MAINTENANCE))
    try:
        await _end_sessions(connection, kept_name(address.database_name))
        await connection.execute(f"DROP DATABASE {_quoted(kept_name(address.database_name))}")
    finally:
        await connection.close()


async def _end_sessions(connection: asyncpg.Connection, database_name: str) -> None:
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
        database_name,
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
