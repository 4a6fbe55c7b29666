"""A database made anew; the old one is kept under another name until the new one is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect, translate
from deploy.adapters.postgres.errors import FAILED
from deploy.model.errors import BlockedError, DeployError, NotUndoneError

KEPT_SUFFIX = "_before_recreate"
MAINTENANCE = "postgres"
LONGEST_NAME = 63
_FACTS = """
SELECT pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding, datcollate, datctype
  FROM pg_database WHERE datname = $1
"""
_EXTENSIONS = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname"
_FAILURES = (DeployError, *FAILED)


@contextmanager
def recreated(address: DatabaseAddress, say: Callable[[str], None]) -> Iterator[None]:
    """Inside, an empty database bears the name; an exception gives the name back to the old one.

    Raises:
        BlockedError: the role may not create databases, or an old one is left from a run that was killed.
        NotUndoneError: the name could not be given back; with what is where.
    """
    loop = LoopThread()
    try:
        old = loop.run(_set_aside(address))
        try:
            loop.run(_make_new(address, old, say))
            yield
        except BaseException as error:
            _undo(loop, address, say, error)
            raise
        _remove_old(loop, address, say)
    finally:
        loop.close()


def _undo(loop: LoopThread, address: DatabaseAddress, say: Callable[[str], None], cause: BaseException) -> None:
    try:
        loop.run(_give_back(address))
    except _FAILURES as error:
        name, kept = address.database_name, kept_name(address.database_name)
        raise NotUndoneError(
            f"database {name} could not be recreated ({_words(cause)}), and its rows could not be given back: "
            f"{_words(error)}",
            hint=f"if database {kept} exists, it holds the rows; connected to {MAINTENANCE}: {_ways_back(name)}",
            reference="recreate-left-over",
        ) from None
    say(f"{address.database_name} has its name and its rows again; its sessions were ended")


def _remove_old(loop: LoopThread, address: DatabaseAddress, say: Callable[[str], None]) -> None:
    """The new one is whole: what is left of the old one is told, and fails nothing."""
    try:
        loop.run(_drop_kept(address))
    except _FAILURES as error:
        kept = kept_name(address.database_name)
        say(f"the old rows are still in database {kept}: {_words(error)}; DROP DATABASE {_quoted(kept)} removes them")


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _ways_back(name: str) -> str:
    kept = _quoted(kept_name(name))
    return f"DROP DATABASE IF EXISTS {_quoted(name)}; ALTER DATABASE {kept} RENAME TO {_quoted(name)}"


def kept_name(database_name: str) -> str:
    """What the old database is called meanwhile."""
    return database_name[: LONGEST_NAME - len(KEPT_SUFFIX)] + KEPT_SUFFIX


@dataclass(frozen=True)
class _Old:
    """What the new database takes over from the old one."""

    facts: Mapping[str, str]
    extensions: tuple[str, ...]


async def _set_aside(address: DatabaseAddress) -> _Old:
    """The last thing that it does is the rename."""
    extensions = await _read_extensions(address)
    connection = await connect(replace(address, database_name=MAINTENANCE))
    name, kept = address.database_name, kept_name(address.database_name)
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", kept):
            raise BlockedError(
                f"database {kept} already exists: an earlier run did not end, and this database holds the old rows",
                hint=f"give it its name back ({_ways_back(name)}), or drop it", reference="recreate-left-over",
            )
        facts = await connection.fetchrow(_FACTS, name)
        await _end_sessions(connection, name)
        await connection.execute(f"ALTER DATABASE {_quoted(name)} RENAME TO {_quoted(kept)}")
    except FAILED as error:
        raise _refused(address, error) from None
    finally:
        await connection.close()
    return _Old(dict(facts), tuple(extensions))


async def _make_new(address: DatabaseAddress, old: _Old, say: Callable[[str], None]) -> None:
    connection = await connect(replace(address, database_name=MAINTENANCE))
    facts = old.facts
    try:
        await connection.execute(
            f"CREATE DATABASE {_quoted(address.database_name)} OWNER {_quoted(facts['owner'])} TEMPLATE template0 "
            f"ENCODING '{facts['encoding']}' LC_COLLATE '{facts['datcollate']}' LC_CTYPE '{facts['datctype']}'"
        )
    except FAILED as error:
        raise _refused(address, error) from None
    finally:
        await connection.close()
    try:
        await _create_extensions(address, old.extensions, say)
    except FAILED as error:
        raise translate(error, address) from None


def _refused(address: DatabaseAddress, error: Exception) -> DeployError:
    if not isinstance(error, asyncpg.PostgresError):
        return translate(error, address)
    return BlockedError(
        f"database {address.database_name} cannot be recreated: {error}",
        hint="its role needs CREATEDB and must own the database", reference="recreate-refused",
    )


async def _read_extensions(address: DatabaseAddress) -> list[str]:
    connection = await connect(address)
    try:
        return [row["extname"] for row in await connection.fetch(_EXTENSIONS)]
    finally:
        await connection.close()


async def _create_extensions(address: DatabaseAddress, names: Sequence[str], say: Callable[[str], None]) -> None:
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


async def _give_back(address: DatabaseAddress) -> None:
    connection = await connect(replace(address, database_name=MAINTENANCE))
    name, kept = _quoted(address.database_name), _quoted(kept_name(address.database_name))
    try:
        await _end_sessions(connection, address.database_name)
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
        await connection.execute(f"ALTER DATABASE {kept} RENAME TO {name}")
    finally:
        await connection.close()


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
