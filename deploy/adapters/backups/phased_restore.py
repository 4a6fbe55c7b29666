"""An archive restored in phases: definitions, rows, indexes and keys; large tables are loaded frozen meanwhile.

A frozen table is all-visible at once: nothing of it is written a second time, and PostgreSQL checks a foreign key to
it from the index alone (.18 s instead of .84 s for 1.45 million rows: docs/decisions/0009-backup-speed.md).
https://www.postgresql.org/docs/current/sql-copy.html, FREEZE.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from deploy.adapters.backups.archive_list import ArchiveList
from deploy.adapters.backups.programs import IsStopRequested, Program, running
from deploy.adapters.backups.restore_failures import restore_failed
from deploy.adapters.postgres.dump_client import DumpClient

Say = Callable[[str], None]
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
# Beside a large table's load there is no core for them.
NO_PARALLEL_BUILDS = MappingProxyType({"max_parallel_maintenance_workers": "0"})
ROWS_AND_AFTER = ("--section=data", "--section=post-data")


@dataclass(frozen=True)
class RestoreCalls:
    """Programs that restore one archive into one database.

    Attributes:
        archive: where the client sees it.
        where: words that name the server and the database.
        settings: the server's, for each session.
    """

    client: DumpClient
    environment: Mapping[str, str]
    archive: str
    where: Sequence[str]
    settings: Mapping[str, str]

    @contextmanager
    def restore(
        self, words: Sequence[str], lines: Sequence[str] | None = None, settings: Mapping[str, str] = NO_SETTINGS
    ) -> Iterator[Program]:
        """pg_restore of all, or of these lines of its list."""
        listed = [] if lines is None else ["--use-list=/dev/stdin"]
        argv = self.client.argv("pg_restore", "--exit-on-error", *self.where, *words, *listed, self.archive)
        environment = self._with({**self.settings, **settings})
        with running(argv, environment, secrets=self._secrets, name="pg_restore", stdin=subprocess.PIPE) as program:
            if program.process.stdin is None:
                raise ValueError("started without a pipe")
            with suppress(BrokenPipeError):  # it ended: its exit code says so
                program.process.stdin.write("".join(f"{line}\n" for line in lines or ()).encode())
                program.process.stdin.close()
            yield program

    @contextmanager
    def load_frozen(self, table: str, line: str) -> Iterator[Program]:
        """The rows of one table, as frozen_load.sh has them."""
        script = files("deploy.adapters.backups").joinpath("frozen_load.sh").read_text(encoding="utf-8")
        programs = [self.client.path(name) for name in ("psql", "pg_restore")]
        argv = [*self.client.prefix, "sh", "-c", script, "sh", *programs, table, line, self.archive, *self.where]
        environment = self._with(self.settings)
        with running(argv, environment, secrets=self._secrets, name=f"loading {table}") as program:
            yield program

    def contents(self, is_stop_requested: IsStopRequested) -> ArchiveList:
        """What is in it."""
        argv = self.client.argv("pg_restore", "--list", "--verbose", self.archive)
        with running(argv, self.environment, name="pg_restore", has_output=True) as program:
            text = b"".join(program.chunks(is_stop_requested))
            if program.wait(is_stop_requested) != 0:
                raise restore_failed(program)
        return ArchiveList(text.decode(errors="replace"))

    @property
    def _secrets(self) -> list[str]:
        return [self.environment["PGPASSWORD"]]

    def _with(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        words = [self.environment.get("PGOPTIONS", ""), *(f"-c {name}={value}" for name, value in settings.items())]
        return {**self.environment, "PGOPTIONS": " ".join(words).strip()}


def restore_in_phases(
    calls: RestoreCalls, large_tables: Sequence[str], jobs: int, words: Sequence[str], say: Say,
    is_stop_requested: IsStopRequested,
) -> None:
    """Restore all of it.

    Args:
        large_tables: `schema.table`, the largest first; without any, it is one pg_restore.
        jobs: sessions at once.
        words: more of them for pg_restore.
        say: gets a line for each large table that is in, in the caller's thread.

    Raises:
        StepFailed: a program met an error; the others are ended.
        InterruptedByOperator: a stop was asked for.
    """
    listed = calls.contents(is_stop_requested) if large_tables else ArchiveList()
    rows = {table: line for table in large_tables if (line := listed.rows_of(table))}
    if not rows:
        _run(calls, [*words, f"--jobs={jobs}"], None, is_stop_requested)
        return
    _run(calls, [*words, "--section=pre-data"], None, is_stop_requested)
    done = _load_large(calls, listed, rows, jobs, words, say, is_stop_requested)
    say("all large tables are restored; their indexes and keys follow")
    _run(calls, [*words, *ROWS_AND_AFTER, f"--jobs={jobs}"], listed.without(done), is_stop_requested)


def _load_large(
    calls: RestoreCalls, listed: ArchiveList, rows: Mapping[str, str], jobs: int, words: Sequence[str], say: Say,
    is_stop_requested: IsStopRequested,
) -> set[str]:
    """The large tables, and what does not need them as soon as a session is free; returns the lines that are done."""
    has_failed = threading.Event()
    loading = set(rows)
    done = set(rows.values())

    def is_over() -> bool:
        return has_failed.is_set() or is_stop_requested()

    def load(table: str) -> None:
        with calls.load_frozen(table, rows[table]) as program:
            _require_success(program, is_over)
        loading.discard(table)

    def restore_others() -> None:
        still_loading = tuple(loading)
        lines = listed.independent_of(still_loading, done)
        settings = NO_PARALLEL_BUILDS if still_loading else NO_SETTINGS
        free = max(jobs - len(still_loading), 1)
        with calls.restore([*words, *ROWS_AND_AFTER, f"--jobs={free}"], lines, settings) as program:
            _require_success(program, is_over)
        done.update(lines)

    # A pool takes them in this order: the others begin when every large table has a session.
    with ThreadPoolExecutor(jobs) as pool:
        tasks = {pool.submit(load, table): table for table in rows}
        tasks[pool.submit(restore_others)] = "everything that needs none of the large tables"
        try:
            for task in as_completed(tasks):
                task.result()
                say(f"restored: {tasks[task]}")
        except BaseException:
            has_failed.set()
            pool.shutdown(cancel_futures=True)
            raise
    return done


def _run(
    calls: RestoreCalls, words: Sequence[str], lines: Sequence[str] | None, is_stop_requested: IsStopRequested
) -> None:
    with calls.restore(words, lines) as program:
        _require_success(program, is_stop_requested)


def _require_success(program: Program, is_stop_requested: IsStopRequested) -> None:
    if program.wait(is_stop_requested) != 0:
        raise restore_failed(program)
