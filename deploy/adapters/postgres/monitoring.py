"""Looks at the database while it works: named files in sql/, one short connection a look, never waiting long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect, translate
from deploy.adapters.postgres.errors import FAILED
from deploy.adapters.postgres.version_tables import read_version_tables
from deploy.model.monitoring import (
    BlockedSession,
    DatabaseOverview,
    DatabaseSample,
    DatabaseTotals,
    IndexUse,
    Obstacle,
    Replica,
    Session,
    TableScans,
    TableUse,
)
from deploy.model.redaction import redacted
from deploy.model.releases import VersionTable
from deploy.model.version_tables import revision_in

Row = TypeVar("Row")
# Sizes take a lock for a moment: a look must not join a queue behind a schema change.
LOOK_LOCK_TIMEOUT = "SET lock_timeout = '500ms'; SET statement_timeout = '10s'"
LOOK_SECONDS = 15.0
# A sequential scan of a small table is what the planner should choose.
LARGE_TABLE_ROWS = 10_000


class PostgresMonitoring:
    """doors.Monitoring on one database.

    Args:
        version_table: as of PostgresDatabase.
    """

    def __init__(
        self, address: DatabaseAddress, version_table: Callable[[], VersionTable | None] = lambda: None
    ) -> None:
        self._version_table = version_table
        self._address = address
        self._loop: LoopThread | None = None

    def overview(self) -> DatabaseOverview:
        """Everything that one screen shows."""
        return self._run(self._overview())

    def sample(self) -> DatabaseSample:
        """What the watch asks every few seconds."""
        return self._run(self._sample())

    def blocked(self) -> tuple[BlockedSession, ...]:
        """Who waits for a lock, the longest first."""
        return self._run(self._blocked())

    def obstacles(self, table_names: tuple[str, ...] | None, longer_than_seconds: float) -> tuple[Obstacle, ...]:
        """What a migration of these tables would wait for; None: of any table."""
        return self._run(self._obstacles(table_names, longer_than_seconds))

    def now(self) -> datetime:
        """The server's clock: another machine's may differ."""
        return self._run(self._now())

    def end_session(self, pid: int, started_at: datetime) -> bool:
        """Terminate it; its transaction rolls back. False when it is gone."""
        return self._run(self._end_session(pid, started_at))

    def close(self) -> None:
        """End the thread; twice is fine."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def _run(self, work: Coroutine[Any, Any, Row]) -> Row:
        if self._loop is None:
            self._loop = LoopThread()
        return self._loop.run(asyncio.wait_for(work, LOOK_SECONDS + 5))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await connect(self._address)
        try:
            await connection.execute(LOOK_LOCK_TIMEOUT)
            yield connection
        except FAILED as error:
            raise translate(error, self._address) from None
        finally:
            connection.terminate()

    async def _overview(self) -> DatabaseOverview:
        problems: list[str] = []
        async with self._connected() as connection:
            totals = await _one(connection, "totals", DatabaseTotals)
            revisions, unknown = revision_in(await read_version_tables(connection), self._version_table())
            tables = await _sized(connection, "tables", TableUse, problems)
            indexes = await _sized(connection, "indexes", IndexUse, problems)
            return DatabaseOverview(
                at=datetime.now(UTC), totals=totals, revision_ids=revisions,
                sessions=await _many(connection, "activity", Session),
                blocked=await _many(connection, "waiting", BlockedSession),
                tables=tables, indexes=indexes, invalid_indexes=await _invalid_indexes(connection),
                replicas=await _many(connection, "replication", Replica), problems=tuple(problems),
                revision_problem=unknown,
            )

    async def _sample(self) -> DatabaseSample:
        async with self._connected() as connection:
            totals = await _one(connection, "totals", DatabaseTotals)
            replicas = await _many(connection, "replication", Replica)
            lags = [r.lag_seconds for r in replicas if r.lag_seconds is not None]
            if totals.lag_seconds is not None:
                lags.append(totals.lag_seconds)
            return DatabaseSample(
                totals=totals, blocked=await _many(connection, "waiting", BlockedSession),
                scans=await _many(connection, "scans", TableScans, LARGE_TABLE_ROWS),
                invalid_indexes=await _invalid_indexes(connection), replica_lag_seconds=max(lags, default=None),
            )

    async def _blocked(self) -> tuple[BlockedSession, ...]:
        async with self._connected() as connection:
            return await _many(connection, "waiting", BlockedSession)

    async def _obstacles(self, table_names: tuple[str, ...] | None, seconds: float) -> tuple[Obstacle, ...]:
        async with self._connected() as connection:
            names = None if table_names is None else list(table_names)
            return await _many(connection, "obstacles", Obstacle, names, seconds)

    async def _now(self) -> datetime:
        async with self._connected() as connection:
            now: datetime = await connection.fetchval("SELECT clock_timestamp()")
            return now

    async def _end_session(self, pid: int, started_at: datetime) -> bool:
        async with self._connected() as connection:
            return bool(await connection.fetchval(_sql("end_session"), pid, started_at))


async def _many(connection: asyncpg.Connection, name: str, kind: type[Row], *values: Any) -> tuple[Row, ...]:
    return tuple(_to(kind, row) for row in await connection.fetch(_sql(name), *values))


async def _one(connection: asyncpg.Connection, name: str, kind: type[Row]) -> Row:
    return _to(kind, await connection.fetchrow(_sql(name)))


async def _sized(
    connection: asyncpg.Connection, name: str, kind: type[Row], problems: list[str]
) -> tuple[Row, ...]:
    """Sizes, unless somebody takes an exclusive lock just now."""
    try:
        return await _many(connection, name, kind)
    except asyncpg.LockNotAvailableError:
        problems.append(f"{name} are not shown: one of them is locked exclusively at this time")
        return ()


async def _invalid_indexes(connection: asyncpg.Connection) -> tuple[str, ...]:
    return tuple(row["name"] for row in await connection.fetch(_sql("invalid_indexes")))


def _to(kind: type[Row], row: Mapping[str, Any]) -> Row:
    """A row whose columns bear the names of the fields; passwords in queries are hidden."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind} is no dataclass")
    values = {f.name: tuple(v) if isinstance(v := row[f.name], list) else v for f in fields(kind)}
    return redacted(kind(**values))


@cache
def _sql(name: str) -> str:
    return files("deploy.adapters.postgres").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
