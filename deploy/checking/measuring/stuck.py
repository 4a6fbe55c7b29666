"""A statement that waits for another connection of the same migration: in production it would wait for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import asyncpg

# Longer than the blocker of CONCURRENTLY keeps its lock (PATIENCE_SECONDS there): who still waits, waits for its own.
PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.5
WAITS_FOR_IDLE = """
SELECT EXISTS (
  SELECT FROM unnest(pg_blocking_pids($1)) AS blocking(pid) JOIN pg_stat_activity activity USING (pid)
   WHERE activity.state LIKE 'idle in transaction%')
"""
SAYS = (
    "it waits for a lock that another connection of this migration holds, which waits for this one: neither would ever "
    "end (the check cancelled it)"
)


# Of sessions that nobody announced: another program's, or a driver's own.
STUCK_STRANGERS = """
SELECT activity.pid FROM pg_stat_activity activity
 WHERE activity.datname = current_database() AND activity.pid <> pg_backend_pid() AND activity.wait_event_type = 'Lock'
   AND NOT activity.pid = ANY($1::int[]) AND clock_timestamp() - activity.query_start > make_interval(secs => $2)
   AND EXISTS (SELECT FROM unnest(pg_blocking_pids(activity.pid)) AS blocking(pid)
                 JOIN pg_stat_activity other USING (pid) WHERE other.state LIKE 'idle in transaction%')
"""
STRANGER_SAYS = (
    "waits, on a connection of its own or in another program, for a lock that the revision itself holds: neither would "
    "ever end"
)


class StuckGuard:
    """Ends a statement that can never end, so that it becomes a finding and not a check that hangs.

    Args:
        connect: opens a connection to the scratch database.
    """

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self.connect = connect
        self._task: asyncio.Task[None] | None = None
        self._has_cancelled = False

    async def watch_strangers(self, known: Callable[[], Iterable[int]], tell: Callable[[str], None]) -> None:
        """Cancel what waits without end on a session that is not known; until this task is cancelled.

        Args:
            known: the sessions whose statements are announced.
            tell: takes the sentence, once for each session.
        """
        connection = await self.connect()
        try:
            while True:
                await asyncio.sleep(PATIENCE_SECONDS / 2)
                for row in await connection.fetch(STUCK_STRANGERS, list(known()), PATIENCE_SECONDS):
                    tell(STRANGER_SAYS)
                    await connection.execute("SELECT pg_cancel_backend($1)", row["pid"])
        finally:
            await connection.close()

    def begin(self, pid: int) -> None:
        """A statement of this backend starts."""
        self._has_cancelled = False
        self._task = asyncio.ensure_future(self._cancel_if_stuck(pid))

    async def end(self) -> bool:
        """It ended; whether it had to be cancelled."""
        task, self._task = self._task, None
        if task is not None:
            if not self._has_cancelled:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        return self._has_cancelled

    async def _cancel_if_stuck(self, pid: int) -> None:
        await asyncio.sleep(PATIENCE_SECONDS)
        connection = await self.connect()
        try:
            while not await connection.fetchval(WAITS_FOR_IDLE, pid):
                await asyncio.sleep(POLL_SECONDS)
            self._has_cancelled = True
            await connection.execute("SELECT pg_cancel_backend($1)", pid)
        finally:
            await connection.close()
