"""Databases closed, renamed, dropped: always from another database of the same server, never from within."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

import asyncpg

from deploy.adapters.backups.databases import literal, quoted, refused
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import connect
from deploy.adapters.postgres.errors import FAILED
from deploy.model.errors import BlockedError, DeployError, StepFailed
from deploy.model.restores import ServerDatabase

FROM_WHERE = ("postgres", "template1")
EMPTY_SECONDS = 15.0
RECOVERY_SECONDS = 60.0
POLL_SECONDS = 0.05
# Those of a role: the server ends autovacuum workers itself. (backend_type is hidden from ordinary roles.)
_SESSIONS = "FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid() AND usesysid IS NOT NULL"
COUNT_SESSIONS = f"SELECT count(*) {_SESSIONS}"
END_SESSIONS = f"SELECT count(pg_terminate_backend(pid)) {_SESSIONS}"
# Where the door stays open, those that this role may not end are left: the restore then waits for their locks.
_WE_MAY = (
    "(pg_has_role(current_user, usesysid, 'MEMBER') OR pg_has_role(current_user, 'pg_signal_backend', 'MEMBER') "
    "AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = usesysid))"
)
END_SESSIONS_WE_MAY = f"{END_SESSIONS} AND {_WE_MAY}"
DATABASES = """
SELECT datname, datallowconn, coalesce(shobj_description(oid, 'pg_database'), ''),
       CASE WHEN has_database_privilege(oid, 'connect') THEN pg_database_size(oid) ELSE 0 END
  FROM pg_database WHERE NOT datistemplate ORDER BY datname
"""


def maintenance_address(address: DatabaseAddress) -> DatabaseAddress:
    """Another database of the server: the one that is swapped must have no session, ours included."""
    return replace(address, database_name=next(name for name in FROM_WHERE if name != address.database_name))


class Maintenance:
    """One short connection a call.

    Args:
        address: of the application's database; it is never connected to.
    """

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = maintenance_address(address)

    async def databases(self) -> tuple[ServerDatabase, ...]:
        """All but templates."""
        rows = await self._fetch(DATABASES)
        return tuple(ServerDatabase(row[0], row[1], row[3], row[2]) for row in rows)

    async def ground(self, database_name: str) -> dict[str, Any]:
        """The raw facts of sql/ground.sql, and `server_id`."""
        sql = files("deploy.adapters.backups").joinpath("sql/ground.sql").read_text(encoding="utf-8")
        [row] = await self._fetch(sql, database_name, is_patient=False)
        raw: dict[str, Any] = json.loads(row[0])
        raw["server_id"] = None
        if raw["may_ask_id"]:
            [found] = await self._fetch("SELECT system_identifier::text FROM pg_control_system()")
            raw["server_id"] = found[0]
        return raw

    async def close(self, name: str) -> int:
        """Nobody gets in any more, and who is in is ended; returns how many were.

        Raises:
            StepFailed: sessions that do not end.
        """
        connection = await self._connect()
        try:
            await connection.execute(f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS false")
            return await _end_sessions(connection, name)
        except FAILED as error:
            raise _failed(error, self._address) from None
        finally:
            await connection.close()

    async def open(self, name: str) -> None:
        """Let everybody in again."""
        await self.run(f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS true")

    async def end_sessions(self, name: str) -> int:
        """End who is in, as far as this role may; the door stays open."""
        connection = await self._connect()
        try:
            return int(await connection.fetchval(END_SESSIONS_WE_MAY, name))
        except FAILED as error:
            raise _failed(error, self._address) from None
        finally:
            await connection.close()

    async def rename(self, renames: Sequence[tuple[str, str]], open_name: str) -> None:
        """All of them or none, in one transaction; `open_name` accepts connections from that moment on."""
        connection = await self._connect()
        try:
            async with connection.transaction():
                for old, new in renames:
                    await connection.execute(f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}")
                if open_name:
                    await connection.execute(f"ALTER DATABASE {quoted(open_name)} ALLOW_CONNECTIONS true")
        except FAILED as error:
            raise _failed(error, self._address) from None
        finally:
            await connection.close()

    async def mark(self, name: str, text: str) -> None:
        """Note in its comment how far it is."""
        await self.run(f"COMMENT ON DATABASE {quoted(name)} IS {literal(text)}")

    async def drop(self, name: str) -> None:
        """Remove it with everything in it."""
        await self.run(f"DROP DATABASE IF EXISTS {quoted(name)}")

    async def run(self, *statements: str) -> None:
        """One by one, each in a transaction of its own."""
        connection = await self._connect()
        try:
            await connection.execute("SET statement_timeout = 0; SET lock_timeout = '30s'")
            for statement in statements:
                await connection.execute(statement)
        except FAILED as error:
            raise _failed(error, self._address) from None
        finally:
            await connection.close()

    async def _fetch(self, sql: str, *values: object, is_patient: bool = True) -> list[Any]:
        connection = await self._connect(is_patient=is_patient)
        try:
            return list(await connection.fetch(sql, *values))
        except FAILED as error:
            raise refused(error, self._address) from None
        finally:
            await connection.close()

    async def _connect(self, *, is_patient: bool = True) -> asyncpg.Connection:
        """A server that crashed recovers by itself: what is to be taken back must not fail for those seconds.

        Args:
            is_patient: false for a first look, which is `status`'s too: it says at once what it saw.
        """
        deadline = time.monotonic() + (RECOVERY_SECONDS if is_patient else 0)
        while True:
            try:
                return await connect(self._address, command_seconds=None)
            except BlockedError as error:
                if error.reference != "database-starting" or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(POLL_SECONDS)


async def _end_sessions(connection: asyncpg.Connection, name: str) -> int:
    ended = int(await connection.fetchval(END_SESSIONS, name))
    deadline = time.monotonic() + EMPTY_SECONDS
    while left := await connection.fetchval(COUNT_SESSIONS, name):
        if time.monotonic() > deadline:
            raise StepFailed(
                f"{left} sessions of database {name} do not end",
                hint="SELECT * FROM pg_stat_activity names them", reference="sessions-remain",
            )
        await asyncio.sleep(POLL_SECONDS)
        await connection.fetchval(END_SESSIONS, name)
    return ended


def _failed(error: Exception, address: DatabaseAddress) -> DeployError:
    """A step's failure where the server said no."""
    said = refused(error, address)
    if isinstance(said, BlockedError) and said.reference in {"database-refused", "no-room-to-restore"}:
        return StepFailed(said.what, hint=said.hint, reference=said.reference)
    return said
