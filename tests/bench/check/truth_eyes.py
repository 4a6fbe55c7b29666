"""A second connection that looks on, and a third that makes CONCURRENTLY wait. Runs in a project's own Python.

A CONCURRENTLY statement commits within itself, so its locks are gone when it returns. A session that holds ROW
EXCLUSIVE on every table makes it wait; what it holds and asks for then is what an ordinary writer would meet.
"""

import asyncio
import threading
import time

WAITS = "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted"
MODES = "SELECT relation, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation'"
PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.003


class Eyes:
    """One asyncpg connection for callers that are not asynchronous.

    Args:
        address: asyncpg's `host`, `user`, `database`.
    """

    def __init__(self, address):
        import asyncpg

        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connection = self._wait(asyncpg.connect(statement_cache_size=0, **address))

    def _wait(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def fetch(self, sql, *values):
        """The rows, as tuples."""
        return [tuple(row) for row in self._wait(self._connection.fetch(sql, *values))]

    def execute(self, sql):
        """Run it; each call is a transaction of its own unless it says BEGIN."""
        self._wait(self._connection.execute(sql))

    def close(self):
        """Let go of the connection and its thread."""
        self._wait(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Holder:
    """Holds the tables while one statement asks for them."""

    def __init__(self, address, pid, tables):
        """Take the locks, then watch.

        Args:
            address: as for Eyes.
            pid: of the backend that is about to run the statement.
            tables: quoted names of all ordinary tables.
        """
        self._pid = pid
        self._locks = []
        self._eyes = Eyes(address)
        self._hold = Eyes(address)
        self._is_over = threading.Event()
        self._hold.execute("BEGIN")
        if tables:
            self._hold.execute("LOCK TABLE " + ", ".join(tables) + " IN ROW EXCLUSIVE MODE")
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_over.is_set() and time.monotonic() < deadline:
            if self._eyes.fetch(WAITS, self._pid)[0][0]:
                self._locks = self._eyes.fetch(MODES, self._pid)
                break
            time.sleep(POLL_SECONDS)
        self._hold.execute("ROLLBACK")

    def finish(self):
        """The statement returned: what it held and asked for while it waited."""
        self._is_over.set()
        self._thread.join()
        self._eyes.close()
        self._hold.close()
        return self._locks
