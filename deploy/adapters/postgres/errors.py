"""What asyncpg raises, by what it says of the server."""

from __future__ import annotations

import asyncpg

# InternalClientError: a server that ends an idle session says so first and closes the socket then; a statement that is
# sent in between meets a connection that asyncpg (0.32) calls "in another operation".
LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError)
# A statement or its connection failed: what a door translates.
FAILED = (asyncpg.PostgresError, *LOST, OSError, TimeoutError)
# The server speaks, and is gone: it refused nothing.
SESSION_ENDED = (
    asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
)
# A server that falls, restarts or hands over; everything else is an answer.
AWAY = (OSError, TimeoutError, *LOST, *SESSION_ENDED)
