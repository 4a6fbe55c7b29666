"""Databases as such: made like the one that was backed up, and what is in them read for the comparison."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from deploy.adapters.backups.contents import FIXED_LOOKS, read_facts, read_table
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import connect, translate, words_of
from deploy.adapters.postgres.errors import FAILED, SESSION_ENDED
from deploy.model.backups import DatabaseContent, DatabaseProperties
from deploy.model.errors import BlockedError, DeployError
from deploy.model.releases import VersionTable

FIRST_PROVIDER_MAJOR = 15
PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string as SQL."""
    return "'" + text.replace("'", "''") + "'"


def create_database_sql(name: str, properties: DatabaseProperties, server_major: int, *, has_owner: bool) -> str:
    """An empty database of the same encoding and locale; template0, so that nothing of this server's is in it."""
    words = [f"CREATE DATABASE {quoted(name)} TEMPLATE template0 ENCODING {literal(properties.encoding)}"]
    if has_owner:
        words.append(f"OWNER {quoted(properties.owner)}")
    words.append(f"LC_COLLATE {literal(properties.collate)} LC_CTYPE {literal(properties.ctype)}")
    if server_major >= FIRST_PROVIDER_MAJOR and properties.locale_provider != "c":
        words.append(f"LOCALE_PROVIDER {PROVIDERS[properties.locale_provider]}")
        if properties.locale:
            option = "ICU_LOCALE" if properties.locale_provider == "i" else "BUILTIN_LOCALE"
            words.append(f"{option} {literal(properties.locale)}")
    return " ".join(words)


async def read_content(
    address: DatabaseAddress, hashed_tables: Sequence[str], version_table: VersionTable | None = None
) -> DatabaseContent:
    """What is in a database, counted whole; these tables hashed too.

    Raises:
        BlockedError: it does not answer.
    """
    connection = await connect(address, command_seconds=None)
    try:
        await connection.execute(FIXED_LOOKS)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            facts = await read_facts(connection, version_table)
            wanted = frozenset(hashed_tables)
            tables = [await read_table(connection, t, has_hash=t.name in wanted) for t in facts.tables]
            return facts.content(tables)
    except FAILED as error:
        raise translate(error, address) from None
    finally:
        await connection.close()


async def read_properties(address: DatabaseAddress) -> DatabaseProperties:
    """What belongs to the database itself.

    Raises:
        BlockedError: it does not answer.
    """
    connection = await connect(address, command_seconds=None)
    try:
        await connection.execute(FIXED_LOOKS)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return (await read_facts(connection)).properties
    except FAILED as error:
        raise translate(error, address) from None
    finally:
        await connection.close()


async def execute(address: DatabaseAddress, *statements: str) -> None:
    """Run statements one by one, each in a transaction of its own.

    Raises:
        BlockedError: the server refused one, or does not answer.
    """
    connection = await connect(address, command_seconds=None)
    try:
        await connection.execute("SET statement_timeout = 0; SET lock_timeout = '30s'")
        for statement in statements:
            await connection.execute(statement)
    except FAILED as error:
        raise refused(error, address) from None
    finally:
        await connection.close()


def refused(error: Exception, address: DatabaseAddress) -> DeployError:
    """The server's own words where it answered."""
    if isinstance(error, asyncpg.DiskFullError):
        return BlockedError(
            f"{address.host}:{address.port} has no room left: {words_of(error)}",
            hint="make room on its disk, then run the same command again", reference="no-room-to-restore",
        )
    if isinstance(error, asyncpg.PostgresError) and not isinstance(error, SESSION_ENDED):
        return BlockedError(
            f"{address.host}:{address.port} refused: {words_of(error)}", hint="./scripts/deploy.sh status",
            reference="database-refused",
        )
    return translate(error, address)
