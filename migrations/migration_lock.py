"""One migration at a time: a PostgreSQL advisory lock on a connection of its own.

Never on Alembic's connection: an autocommit block would release or break it. Never waited for inside
``pg_advisory_lock``: a waiter there holds a snapshot, and CREATE INDEX CONCURRENTLY of the one who has
the lock waits for that snapshot for ever. Each look is its own short statement in autocommit.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alembic.util import CommandError
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# "Surefoot". A backup of the deploy tool holds it too, shared; a deployment's own lock has another key.
LOCK_KEY = 0x5375_7265_666F_6F74
POLL_SECONDS = 0.5

_TRY = text("SELECT pg_try_advisory_lock(:key)")
_log = logging.getLogger("alembic.lock")


@asynccontextmanager
async def migration_lock(url: URL, *, wait_seconds: float) -> AsyncIterator[None]:
    """Hold the lock; the server frees it with the connection, so a killed run leaves none behind."""
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": {"application_name": "alembic lock"}},
    )
    deadline = asyncio.get_running_loop().time() + wait_seconds
    async with engine.connect() as connection:
        is_waiting = False
        while not await connection.scalar(_TRY, {"key": LOCK_KEY}):
            if asyncio.get_running_loop().time() >= deadline:
                raise CommandError(f"another migration, or a backup, has been running for {wait_seconds:.0f} s")
            if not is_waiting:
                _log.info("waiting for another migration, or a backup, to end")
                is_waiting = True
            await asyncio.sleep(POLL_SECONDS)
        yield
