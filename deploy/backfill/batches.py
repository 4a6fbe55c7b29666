"""The batches of a back-fill. Only the standard library and SQLAlchemy: it runs inside the application's image."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

_log = logging.getLogger("alembic.backfill")
RETRYABLE = {"55P03", "40P01", "40001"}  # lock_not_available, deadlock_detected, serialization_failure
LONGEST_BACK_OFF_SECONDS = 30.0
# Lag is hidden from roles without pg_monitor: then nothing is waited for.
_LAG = "SELECT coalesce(max(extract(epoch FROM replay_lag)), 0) FROM pg_stat_replication"
_QUEUE = "SELECT count(*) FROM pg_locks WHERE relation = to_regclass(:table_name) AND NOT granted"
_ROWS = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(:table_name)"


@dataclass(frozen=True)
class Pace:
    """How gently it goes.

    Attributes:
        batch_rows: of the first batch, counted by the key alone; least_rows / most_rows: its limits.
        batch_seconds: what a batch should take; its size follows.
        rest: pause after each batch, as a share of what it took.
        lock_seconds: how long a batch waits for a row that somebody holds before it is tried again, smaller.
        max_lag_seconds: replicas behind by more are waited for.
        poll_seconds: between two looks while it waits; tell_seconds: between two lines in the log.
        attempts: of one batch, before its error is raised.
    """

    batch_rows: int = 2_000
    least_rows: int = 100
    most_rows: int = 50_000
    batch_seconds: float = 0.5
    rest: float = 0.2
    lock_seconds: float = 2.0
    max_lag_seconds: float = 5.0
    poll_seconds: float = 0.5
    tell_seconds: float = 10.0
    attempts: int = 12


@dataclass(frozen=True)
class Filled:
    """What was done.

    Attributes:
        rows: changed; batches: committed; retries: batches that met a lock.
        waited_seconds: for replicas and for sessions that queued.
    """

    rows: int
    batches: int
    retries: int
    waited_seconds: float
    seconds: float


def fill_in_batches(
    op: Any, table_name: str, assignment: str, *, where: str, key: str = "id", pace: Pace | None = None
) -> Filled | None:
    """UPDATE the rows for which `where` holds, batch by batch, each committed. For Alembic's upgrade().

    Args:
        op: Alembic's.
        table_name, assignment, where, key: SQL as it stands in the migration, never from outside. `where` must be false
            for a row that is done (`side IS NULL`): that is how a run that was killed goes on. `key` is a column with a
            unique index whose order is meaningful: the primary key.
        pace: how gently.

    Returns:
        What was done; None with --sql, where one UPDATE is written, because a loop needs the data.

    Raises:
        DBAPIError: a batch failed for another reason than a lock, or too often.
    """
    context = op.get_context()
    if context.as_sql:
        op.execute(f"UPDATE {table_name} SET {assignment} WHERE {where}")
        return None
    with context.autocommit_block():
        return fill(op.get_bind(), table_name, assignment, where=where, key=key, pace=pace)


def fill(
    connection: Connection, table_name: str, assignment: str, *, where: str, key: str = "id", pace: Pace | None = None
) -> Filled:
    """The same on a connection of its own, which must be in autocommit mode.

    Raises:
        RuntimeError: the connection is in a transaction: nothing would be committed before the end.
        DBAPIError: see fill_in_batches.
    """
    return Backfill(connection, table_name, assignment, where, key, pace or Pace()).run()


class Backfill:
    """One run over one table."""

    def __init__(
        self, connection: Connection, table_name: str, assignment: str, where: str, key: str, pace: Pace
    ) -> None:
        self._connection = connection
        self._table = table_name
        self._key = key
        self._pace = pace
        self._where = where
        self._update = f"UPDATE {table_name} SET {assignment} WHERE ({where}) AND {key}"
        self._size = pace.batch_rows
        self._rows = self._batches = self._retries = 0
        self._waited = self._told_at = 0.0

    def run(self) -> Filled:
        """To the end of the table."""
        started = self._told_at = time.monotonic()
        self._require_autocommit()
        with self._lock_timeout():
            low = self._scalar(
                f"SELECT {self._key} FROM {self._table} WHERE {self._where} ORDER BY {self._key} LIMIT 1"
            )
            while low is not None:
                self._wait_for_others()
                low = self._one_batch(low)
                self._tell(low, started)
        filled = Filled(self._rows, self._batches, self._retries, self._waited, time.monotonic() - started)
        _log.info(
            "%s: %d rows filled in %d batches, %.1f s", self._table, filled.rows, filled.batches, filled.seconds
        )
        return filled

    def _one_batch(self, low: Any) -> Any:
        """Fill from `low` on; returns the first key of the next batch, None at the end."""
        for attempt in range(1, self._pace.attempts + 1):
            next_low = self._scalar(
                f"SELECT {self._key} FROM {self._table} WHERE {self._key} >= :low"
                f" ORDER BY {self._key} OFFSET {self._size} LIMIT 1", low=low,
            )
            began = time.monotonic()
            try:
                self._rows += self._change(low, next_low)
            except DBAPIError as error:
                if _sqlstate(error) not in RETRYABLE or attempt == self._pace.attempts:
                    raise
                self._retries += 1
                self._size = max(self._size // 4, self._pace.least_rows)
                _log.info("%s: %s; a smaller batch is tried", self._table, _sqlstate(error))
                self._sleep(min(0.1 * 2**attempt, LONGEST_BACK_OFF_SECONDS))
                continue
            self._batches += 1
            self._adapt(time.monotonic() - began)
            return next_low
        raise AssertionError  # the loop returns or raises

    def _change(self, low: Any, next_low: Any) -> int:
        if next_low is None:
            done = self._connection.execute(text(f"{self._update} >= :low"), {"low": low})
        else:
            words = f"{self._update} >= :low AND {self._key} < :next_low"
            done = self._connection.execute(text(words), {"low": low, "next_low": next_low})
        return int(done.rowcount)

    def _adapt(self, seconds: float) -> None:
        """Towards the batch's time, at most twice as large at once; then a rest."""
        if seconds > 0:
            wanted = int(self._size * min(self._pace.batch_seconds / seconds, 2.0))
            self._size = min(max(wanted, self._pace.least_rows), self._pace.most_rows)
        time.sleep(seconds * self._pace.rest)

    def _wait_for_others(self) -> None:
        """Replicas that lag, and sessions that queue for this table: an ALTER or another migration goes first."""
        while True:
            lag = float(self._scalar(_LAG) or 0)
            queue = int(self._scalar(_QUEUE, table_name=self._table) or 0)
            if lag <= self._pace.max_lag_seconds and not queue:
                return
            _log.info("%s: waiting (replicas lag %.1f s, %d sessions queue)", self._table, lag, queue)
            self._sleep(self._pace.poll_seconds)

    def _sleep(self, seconds: float) -> None:
        self._waited += seconds
        time.sleep(seconds)

    def _tell(self, low: Any, started: float) -> None:
        now = time.monotonic()
        if now - self._told_at < self._pace.tell_seconds:
            return
        self._told_at = now
        of = int(self._scalar(_ROWS, table_name=self._table) or 0)
        _log.info(
            "%s: %d rows filled of at most about %d, %.0f a second, next %s %s", self._table, self._rows, of,
            self._rows / (now - started), self._key, low,
        )

    def _require_autocommit(self) -> None:
        """In a transaction, now() stands still from one statement to the next."""
        if self._scalar("SELECT now()") == self._scalar("SELECT now()"):
            raise RuntimeError(
                f"the back-fill of {self._table} runs inside of a transaction: nothing would be committed before its "
                "end; hint: with op.get_context().autocommit_block(), or fill_in_batches(op, …)"
            )

    @contextmanager
    def _lock_timeout(self) -> Iterator[None]:
        before = self._scalar("SELECT current_setting('lock_timeout')")
        self._set_lock_timeout(f"{int(self._pace.lock_seconds * 1000)}ms")
        try:
            yield
        finally:
            self._set_lock_timeout(before)

    def _set_lock_timeout(self, value: str) -> None:
        self._connection.execute(text("SELECT set_config('lock_timeout', :value, false)"), {"value": value})

    def _scalar(self, words: str, **values: Any) -> Any:
        return self._connection.execute(text(words), values).scalar()


def _sqlstate(error: DBAPIError) -> str:
    """Drivers name it differently: asyncpg and psycopg call it sqlstate, psycopg2 pgcode."""
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "")
