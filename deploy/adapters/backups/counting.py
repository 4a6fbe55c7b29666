"""A session beside pg_dump that lends it its snapshot, and counts every table meanwhile."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from typing import TypeVar

import asyncpg

from deploy.adapters.backups.contents import Facts, read_facts, read_table, reading
from deploy.adapters.backups.programs import raise_if
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect, translate
from deploy.adapters.postgres.errors import FAILED
from deploy.adapters.postgres.migration_lock import keep_migrations_away
from deploy.model.backups import TableContent
from deploy.model.errors import StepFailed
from deploy.model.releases import VersionTable

POLL_SECONDS = 0.1
GIVE_UP_SECONDS = 5.0
# The server speaks, and is gone: it is not the table's fault.
SESSION_ENDED = (asyncpg.OperatorInterventionError, asyncpg.PostgresConnectionError)
Counted = tuple[Facts, list[TableContent]]
_T = TypeVar("_T")


class Counting:
    """Use it as a context: the snapshot lives as long as the block.

    Args:
        hash_below_bytes: above this size of the database, rows are counted and not hashed.
        is_stop_requested: asked while we wait for the server.
        version_table: where the project's env.py keeps the revision; None: not known here.

    Attributes:
        snapshot_id: for pg_dump's --snapshot.
    """

    def __init__(
        self, address: DatabaseAddress, hash_below_bytes: int, is_stop_requested: Callable[[], bool],
        version_table: VersionTable | None = None,
    ) -> None:
        self._version_table = version_table
        self._address = address
        self._hash_below_bytes = hash_below_bytes
        self._is_stop_requested = is_stop_requested
        self._loop = LoopThread()
        self._opened: concurrent.futures.Future[str] = concurrent.futures.Future()
        self._counted: concurrent.futures.Future[Counted] = concurrent.futures.Future()
        self._released = asyncio.Event()
        self._ended = threading.Event()
        self._reading = "the catalog"
        self.snapshot_id = ""

    def __enter__(self) -> Counting:
        """Open the snapshot.

        Raises:
            BlockedError: the database does not answer.
            LockedError: a migration runs.
            StepFailed: what is in it cannot be read.
            InterruptedByOperator: a stop was asked for.
        """
        self._session = self._loop.start(self._run())
        try:
            self.snapshot_id = self._await(self._opened)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call(self._released.set)
        if not self._ended.wait(POLL_SECONDS):  # in the middle of a long count: the server is told to give it up
            self._session.cancel()
            self._ended.wait(GIVE_UP_SECONDS)
        self._loop.close()

    def result(self) -> Counted:
        """What was counted.

        Raises:
            StepFailed: the session was lost, or a table cannot be read.
            InterruptedByOperator: a stop was asked for.
        """
        return self._await(self._counted)

    def raise_if_failed(self) -> None:
        """Raise what ended this session, if anything did: all that pg_dump knows is that its snapshot is gone.

        Raises:
            StepFailed: the session was lost, or a table cannot be read.
        """
        self._ended.wait(POLL_SECONDS)
        if self._counted.done():
            self._counted.result()

    def _await(self, future: concurrent.futures.Future[_T]) -> _T:
        while True:
            raise_if(self._is_stop_requested, "the count of the rows")
            try:
                return future.result(timeout=POLL_SECONDS)
            except concurrent.futures.TimeoutError:
                continue

    async def _run(self) -> None:
        try:
            await self._connected()
        finally:
            self._ended.set()

    async def _connected(self) -> None:
        try:
            connection = await self._connect()
        except Exception as error:  # noqa: BLE001 - told to the caller, in its thread
            self._opened.set_exception(error)
            return
        try:
            await self._count(connection)
        except FAILED as error:
            is_answer = isinstance(error, asyncpg.PostgresError) and not isinstance(error, SESSION_ENDED)
            self._tell(f"{self._reading}: {error}" if is_answer else translate(error, self._address).what)
        finally:
            self._tell("the session ended early")
            connection.terminate()

    async def _connect(self) -> asyncpg.Connection:
        connection = await connect(self._address, command_seconds=None)
        try:
            await keep_migrations_away(connection, self._address.database_name)
        except FAILED as error:
            connection.terminate()
            raise translate(error, self._address) from None
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _count(self, connection: asyncpg.Connection) -> None:
        async with reading(connection) as snapshot_id:
            facts = await read_facts(connection, self._version_table)
            self._opened.set_result(snapshot_id)
            has_hash = facts.raw["database_bytes"] < self._hash_below_bytes
            tables = []
            for table in facts.tables:
                self._reading = table.name
                tables.append(await read_table(connection, table, has_hash=has_hash))
            self._counted.set_result((facts, tables))
            await self._released.wait()

    def _tell(self, why: str) -> None:
        """Whoever still waits must not wait for ever."""
        error = StepFailed(
            f"the tables could not be counted: {why}",
            hint="nothing of this backup was kept; repair the cause and try again",
            reference="backup-failed",
        )
        for future in (self._opened, self._counted):
            if not future.done():
                future.set_exception(error)
