"""Overload is answered at once: a bounded queue in front of the database connections, and 503 beyond it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Longer than this nobody waits: the caller hears 503 and when to come back, instead of 500 from a pool's time-out.
LONGEST_WAIT_SECONDS = 3.0
RETRY_AFTER_SECONDS = 2


class OverloadedError(Exception):
    """More requests than this process can serve now; the caller should come back later."""


class Turns:
    """So many requests use the database at once, so many more wait for their turn, the rest is refused.

    Args:
        turn_count: as many as there are connections, so that nobody ever waits inside the pool.
        queue_size: how many may wait.
    """

    def __init__(self, turn_count: int, queue_size: int, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._free = asyncio.Semaphore(turn_count)
        self._queue_size = queue_size
        self._longest_wait_seconds = longest_wait_seconds
        self._waiting_count = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one turn.

        Raises:
            OverloadedError: the queue is full, or the turn did not come in time.
        """
        if self._free.locked() and self._waiting_count >= self._queue_size:
            raise OverloadedError
        self._waiting_count += 1
        try:
            async with asyncio.timeout(self._longest_wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise OverloadedError from None
        finally:
            self._waiting_count -= 1
        try:
            yield
        finally:
            self._free.release()
