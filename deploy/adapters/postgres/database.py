"""PostgreSQL behind named questions. There is no general execute."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import TypeVar

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect, translate
from deploy.adapters.postgres.errors import FAILED
from deploy.adapters.postgres.migration_lock import lock_holder, require_no_migration
from deploy.adapters.postgres.schema_catalog import (
    count_committed,
    read_indexes_being_built,
    read_schema,
    remove_leftover,
)
from deploy.adapters.postgres.version_tables import read_version_tables
from deploy.model.database import DatabaseState, InvalidIndex
from deploy.model.errors import BlockedError, LockedError
from deploy.model.releases import VersionTable
from deploy.model.schema_objects import SchemaLook
from deploy.model.version_tables import revision_in

LOCK_POLL_SECONDS = 0.25
LOCK_ATTEMPTS = 8
Answer = TypeVar("Answer")


def deployment_lock_key(database_name: str) -> int:
    """A stable signed 64-bit key; the migrations' own lock has another one, or they would wait for us."""
    digest = hashlib.sha256(f"surefoot deployment {database_name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class PostgresDatabase:
    """One database, one short connection a question, one long connection for the lock.

    Args:
        lock_name: the database that the lock is about, where it is not the one that it is held in.
        version_table: where the project's env.py keeps the revision, as far as that is known at the moment.
    """

    def __init__(
        self, address: DatabaseAddress, lock_name: str = "",
        version_table: Callable[[], VersionTable | None] = lambda: None,
    ) -> None:
        self._version_table = version_table
        self._address = address
        self._lock_name = lock_name or address.database_name
        self._loop: LoopThread | None = None
        self._lock_connection: asyncpg.Connection | None = None

    def observe(self) -> DatabaseState:
        """One look."""
        return self._thread().run(self._observe())

    def look_at_schema(self) -> SchemaLook:
        """Every object of the catalog."""
        return self._thread().run(self._asked(read_schema))

    def indexes_being_built(self) -> tuple[str, ...]:
        """By the server's own progress report."""
        return self._thread().run(self._asked(read_indexes_being_built))

    def remove_leftover(self, name: str) -> None:
        """What is run comes from the catalog, never from the caller."""
        self._thread().run(self._asked(lambda connection: remove_leftover(connection, name)))

    def committed_since(self, next_transaction: int) -> int | None:
        """By the server's own record of how each transaction ended."""
        return self._thread().run(self._asked(lambda connection: count_committed(connection, next_transaction)))

    def mark_environment(self, environment_name: str) -> None:
        """Leave a mark for sync_db.py: a setting of the database, which no schema and no dump holds."""
        self._thread().run(self._mark(environment_name))

    def blockers(self) -> tuple[str, ...]:
        """Who holds locks for long."""
        return self._thread().run(self._blockers())

    def take_deployment_lock(self) -> None:
        """Poll for the lock: waiting in pg_advisory_lock would stall CREATE INDEX CONCURRENTLY for ever."""
        if self._lock_connection is None or self._lock_connection.is_closed():
            self._thread().run(self._take_lock())

    def keep_deployment_lock(self) -> None:
        """The lock dies with its session: at a restart of the server, at a failover."""
        if self._lock_connection is not None:
            self.take_deployment_lock()

    def require_no_migration(self) -> None:
        """Look for one that was started by hand; ours run under the deployment's lock."""
        self._thread().run(self._require_no_migration())

    def release_deployment_lock(self) -> None:
        """Free it by ending its connection."""
        if self._lock_connection is not None and self._loop is not None:
            self._loop.run(_close(self._lock_connection))
            self._lock_connection = None

    def close(self) -> None:
        """End everything; twice is fine."""
        self.release_deployment_lock()
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def _thread(self) -> LoopThread:
        if self._loop is None:
            self._loop = LoopThread()
        return self._loop

    async def _observe(self) -> DatabaseState:
        connection = await connect(self._address)
        try:
            row = await connection.fetchrow(_sql("observe"))
            tables = await read_version_tables(connection)
        except FAILED as error:
            raise translate(error, self._address) from None
        finally:
            await _close(connection)
        revisions, problem = revision_in(tables, self._version_table())
        return DatabaseState(
            database_name=row["database_name"],
            server_version=row["server_version"].split()[0],
            server_major=row["server_version_number"] // 10000,
            is_in_recovery=row["is_in_recovery"],
            revision_ids=revisions,
            table_names=tuple(row["table_names"]),
            size_bytes=row["size_bytes"],
            connections_used=row["connections_used"],
            connections_max=row["connections_max"],
            invalid_indexes=tuple(InvalidIndex(*pair.split("\n")) for pair in row["invalid_indexes"]),
            unvalidated_constraint_names=tuple(row["unvalidated_constraint_names"]),
            version_tables=tables,
            revision_problem=problem,
        )

    async def _asked(self, question: Callable[[asyncpg.Connection], Awaitable[Answer]]) -> Answer:
        connection = await connect(self._address)
        try:
            return await question(connection)
        except FAILED as error:
            raise translate(error, self._address) from None
        finally:
            await _close(connection)

    async def _mark(self, environment_name: str) -> None:
        connection = await connect(self._address)
        name = self._address.database_name.replace('"', '""')
        value = environment_name.replace("'", "''")
        try:
            await connection.execute(f"ALTER DATABASE \"{name}\" SET surefoot.environment = '{value}'")
        except asyncpg.InsufficientPrivilegeError:
            raise BlockedError(
                f"only the owner of {self._address.database_name} may", reference="database-not-marked",
                hint=f"once, as its owner: ALTER DATABASE \"{name}\" SET surefoot.environment = '{value}'",
            ) from None
        except FAILED as error:
            raise translate(error, self._address) from None
        finally:
            await _close(connection)

    async def _blockers(self) -> tuple[str, ...]:
        connection = await connect(self._address)
        try:
            rows = await connection.fetch(_sql("blockers"))
        except FAILED as error:
            raise translate(error, self._address) from None
        finally:
            await _close(connection)
        return tuple(
            f"pid {r['pid']} ({r['application_name']}, {r['state']}) for {r['seconds']} s: {r['query']}" for r in rows
        )

    async def _require_no_migration(self) -> None:
        connection = await connect(self._address)
        try:
            await require_no_migration(connection, self._address.database_name)
        except FAILED as error:
            raise translate(error, self._address) from None
        finally:
            await _close(connection)

    async def _take_lock(self) -> None:
        connection = await connect(self._address)
        key = deployment_lock_key(self._lock_name)
        try:
            for _ in range(LOCK_ATTEMPTS):
                if await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):
                    self._lock_connection = connection
                    return
                await asyncio.sleep(LOCK_POLL_SECONDS)
            who = await lock_holder(connection, key) or "another session"
        except FAILED as error:
            await _close(connection)
            raise translate(error, self._address) from None
        await _close(connection)
        raise LockedError(
            f"another deployment of database {self._lock_name} is under way: {who}",
            hint="wait until it has ended, or look at it there with ./scripts/deploy.sh "
            "status", reference="deployment-locked",
        )


async def _close(connection: asyncpg.Connection) -> None:
    try:
        await connection.close(timeout=3)
    except FAILED:
        connection.terminate()


def _sql(name: str) -> str:
    return files("deploy.adapters.postgres").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
