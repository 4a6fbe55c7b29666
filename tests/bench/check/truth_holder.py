"""Makes a CONCURRENTLY statement wait, so that the locks it asks for can be read. Runs in a project's own Python.

Such a statement commits within itself, so its locks are gone when it returns. A second session that holds ROW
EXCLUSIVE on every table makes it wait; what it holds and asks for then is what an ordinary writer would meet.
"""

import threading
import time

WAITS = "SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted"
MODES = "SELECT relation, mode FROM pg_locks WHERE pid = %s AND locktype = 'relation'"
PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.003


class Holder:
    """One statement's holder; `locks` is filled when `finish` returns."""

    def __init__(self, connect, pid, tables):
        """Take the locks, then watch.

        Args:
            connect: opens a connection that autocommits.
            pid: of the backend that is about to run the statement.
            tables: quoted names of all ordinary tables.
        """
        self.locks = []
        self._pid = pid
        self._eyes = connect()
        self._hold = connect()
        self._is_over = threading.Event()
        with self._hold.cursor() as cursor:
            cursor.execute("BEGIN")
            if tables:
                cursor.execute("LOCK TABLE " + ", ".join(tables) + " IN ROW EXCLUSIVE MODE")
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_over.is_set() and time.monotonic() < deadline:
            with self._eyes.cursor() as cursor:
                cursor.execute(WAITS, (self._pid,))
                if cursor.fetchone()[0]:
                    cursor.execute(MODES, (self._pid,))
                    self.locks = cursor.fetchall()
                    break
            time.sleep(POLL_SECONDS)
        with self._hold.cursor() as cursor:
            cursor.execute("ROLLBACK")

    def finish(self):
        """The statement returned."""
        self._is_over.set()
        self._thread.join()
        self._eyes.close()
        self._hold.close()
        return self.locks
