"""A server that the operator names with --server: one database is made there, and dropped again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress, parse_database_url
from deploy.adapters.postgres.connection import LoopThread, connect, translate
from deploy.adapters.scratch.server import ScratchServer, scratch_directory

NAME_PREFIX = "surefoot_scratch_"


@contextmanager
def own_server(url: str) -> Iterator[ScratchServer]:
    """Make a database of a unique name; it is dropped at the end.

    Raises:
        UsageError: the URL cannot be read.
        BlockedError: the server does not answer, or its role may not create databases.
    """
    address = parse_database_url(url, "--server")
    name = NAME_PREFIX + secrets.token_hex(6)
    loop = LoopThread()
    try:
        version, number = loop.run(_create(address, name))
        host, port = address.reached()
        with scratch_directory() as directory:
            (directory / "socket").mkdir(mode=0o777)
            directory.chmod(0o755)
            (directory / "socket").chmod(0o777)
            yield ScratchServer(
                directory, f"PostgreSQL {version} ({address.host}:{address.port})", number // 10000,
                "SELECT pg_catalog.current_database()::pg_catalog.text", name, None, host, port,
                address.user, address.password, address.options.get("sslmode", "prefer"), name,
            )
    finally:
        with suppress(Exception):
            loop.run(_drop(address, name))
        loop.close()


async def _create(address: DatabaseAddress, name: str) -> tuple[str, int]:
    connection = await connect(address)
    try:
        await _sweep(connection)
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        # Rewrites, scans and builds are told at this level; autovacuum's own work is another session's.
        await connection.execute(f"ALTER DATABASE {name} SET client_min_messages = debug1")
        version = await connection.fetchval("SHOW server_version")
        return version.split()[0], int(await connection.fetchval("SHOW server_version_num"))
    except asyncpg.PostgresError as error:
        raise translate(error, address) from None
    finally:
        await connection.close()


async def _sweep(connection: asyncpg.Connection) -> None:
    """Drop what killed checks left: databases of our name that nobody is connected to, and that are not new."""
    names = await connection.fetch(
        "SELECT datname FROM pg_database d WHERE datname LIKE $1 AND NOT EXISTS "
        "(SELECT 1 FROM pg_stat_activity a WHERE a.datid = d.oid) "
        "AND (pg_stat_file('base/' || d.oid || '/PG_VERSION', true)).modification < now() - interval '1 hour'",
        NAME_PREFIX.replace("_", r"\_") + "%",
    ) if await _may_look_at_files(connection) else []
    for row in names:
        with suppress(asyncpg.PostgresError):
            await connection.execute(f"DROP DATABASE {row['datname']}")


async def _may_look_at_files(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))


async def _drop(address: DatabaseAddress, name: str) -> None:
    connection = await connect(address)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
            name,
        )
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
    finally:
        await connection.close()
