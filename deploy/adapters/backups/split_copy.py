"""One large table, loaded by several sessions: pg_restore gives a table to one worker, and the others then wait.

With most of the bytes in one table, its COPY alone decides how long all the rows take, however many workers there are.
On two cores the sessions cost as much as they save (both measured: docs/decisions/0009-backup-speed.md).
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Iterator, Sequence

from deploy.adapters.backups.programs import IsStopRequested, Program, raise_if
from deploy.adapters.backups.restore_failures import restore_failed
from deploy.model.backups import TableContent

# Below this, starting the sessions costs more than they save.
LEAST_BYTES = 64 << 20
LEAST_JOBS = 3
PUT_SECONDS = 0.1
MOST_PREAMBLE_BYTES = 1 << 20
PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
COPY = re.compile(rb"^COPY .*? FROM stdin;\n", re.MULTILINE | re.DOTALL)
END = b"\\.\n"


def tables_to_split(tables: Sequence[TableContent], jobs: int) -> tuple[str, ...]:
    """Tables that hold more than a worker's fair share; names that need quotes are left to pg_restore.

    Args:
        tables: of a manifest; those of older manifests have no size.
        jobs: workers there are.
    """
    if jobs < LEAST_JOBS:
        return ()
    least = max(sum(table.size_bytes for table in tables) / jobs, LEAST_BYTES)
    return tuple(t.name for t in tables if t.size_bytes >= least and PLAIN_NAME.fullmatch(t.name))


class ArchiveList:
    """What `pg_restore --list` wrote, parted: a line for each table that is loaded here, and all the others.

    Args:
        split_tables: `schema.table`, as tables_to_split gives them.
    """

    def __init__(self, text: str, split_tables: Sequence[str]) -> None:
        words = [f" TABLE DATA {name.replace('.', ' ')} " for name in split_tables]
        lines = [line for line in text.splitlines() if not line.startswith(";")]
        self.split = tuple(line for line in lines if any(word in line for word in words))
        self.others = tuple(line for line in lines if line not in self.split)


def split_script(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The script of one table's data: everything up to its COPY, and its rows, never cut in the middle.

    Args:
        chunks: what `pg_restore --file -` writes for one `TABLE DATA`.

    Raises:
        ValueError: it has no COPY; while the rows are read: they have no end.
    """
    head = b""
    while not (found := COPY.search(head)):
        chunk = next(chunks, b"")
        if not chunk or len(head) > MOST_PREAMBLE_BYTES:
            raise ValueError("pg_restore wrote no COPY")
        head += chunk
    lines = head[: found.end()].splitlines(keepends=True)
    # psql's own: `\restrict` would bind a session to a word that comes behind the rows.
    preamble = b"".join(line for line in lines if not line.startswith(b"\\"))
    return preamble, _whole_rows(head[found.end() :], chunks)


def _whole_rows(pending: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """In COPY's text format a line feed ends a row; one inside a value is written as a backslash and an n."""
    while (end := _end_of_rows(pending)) < 0:
        cut = pending.rfind(b"\n") + 1
        if cut:
            yield pending[:cut]
        chunk = next(chunks, b"")
        if not chunk:
            raise ValueError("pg_restore's rows have no end")
        pending = pending[cut:] + chunk
    if end:
        yield pending[:end]
    for _ in chunks:  # its last words; read, so that it ends well
        continue


def _end_of_rows(text: bytes) -> int:
    r"""Where the line `\.` begins; -1 where it has none. The text begins with a line."""
    if text.startswith(END):
        return 0
    found = text.find(b"\n" + END)
    return found + 1 if found >= 0 else -1


class Loaders:
    """Sessions of psql that take rows from one queue: the one that is ready gets the next.

    Args:
        sessions: psql programs with a pipe as standard input.
        preamble: for each of them: settings, and the COPY.
        is_stop_requested: asked while all are busy.
    """

    def __init__(self, sessions: Sequence[Program], preamble: bytes, is_stop_requested: IsStopRequested) -> None:
        self._sessions = sessions
        self._is_stop_requested = is_stop_requested
        self._rows: queue.Queue[bytes | None] = queue.Queue(maxsize=2 * len(sessions))
        self._broken: list[Program] = []
        for session in sessions:
            threading.Thread(target=self._feed, args=(session, preamble), daemon=True).start()

    def put(self, rows: bytes | None) -> None:
        """Rows for whoever is ready; None: for one of them, there are no more.

        Raises:
            StepFailed: a session ended.
            InterruptedByOperator: a stop was asked for.
        """
        while True:
            raise_if(self._is_stop_requested)
            self._raise_if_broken()
            try:
                return self._rows.put(rows, timeout=PUT_SECONDS)
            except queue.Full:
                continue

    def finish(self) -> None:
        """There are no more rows; wait until all are in.

        Raises:
            StepFailed: a session met an error.
            InterruptedByOperator: a stop was asked for.
        """
        for _ in self._sessions:
            self.put(None)
        for session in self._sessions:
            if session.wait(self._is_stop_requested) != 0:
                raise restore_failed(session)

    def _feed(self, session: Program, preamble: bytes) -> None:
        pipe = session.process.stdin
        if pipe is None:
            raise ValueError("started without a pipe")
        try:
            pipe.write(preamble)
            while (rows := self._rows.get()) is not None:
                pipe.write(rows)
            pipe.write(END)
            pipe.close()
        except OSError:  # it ended: its own words say why
            self._broken.append(session)

    def _raise_if_broken(self) -> None:
        for session in self._broken:
            session.wait(self._is_stop_requested)
            raise restore_failed(session)
