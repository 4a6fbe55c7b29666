"""pg_restore into one database, with as many workers as pay."""

from __future__ import annotations

import os
import secrets
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from deploy.adapters.backups.archive_list import large_tables
from deploy.adapters.backups.phased_restore import NO_SETTINGS, RestoreCalls, restore_in_phases
from deploy.adapters.backups.programs import IsStopRequested, Program, database_word, running
from deploy.adapters.backups.restore_failures import restore_failed
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.dump_client import DumpClient, client_environment
from deploy.model.backups import TableContent
from deploy.model.errors import BlockedError

MOST_JOBS = 8


class Restorer:
    """pg_restore of one client against one server.

    Args:
        address: of the server; its database is not touched.
    """

    def __init__(
        self, client: DumpClient, address: DatabaseAddress, say: Callable[[str], None],
        is_stop_requested: IsStopRequested,
    ) -> None:
        self._client = client
        self._address = address
        self._say = say
        self._is_stop_requested = is_stop_requested
        self._environment = client_environment(address)

    def restore(
        self, archive: Path, database_name: str, more_words: Sequence[str] = (), tables: Sequence[TableContent] = (),
        settings: Mapping[str, str] = NO_SETTINGS,
    ) -> None:
        """Everything of the archive, into an empty database.

        Args:
            tables: of the manifest; large ones are loaded frozen (phased_restore.py).
            settings: of the server's, for every session.

        Raises:
            StepFailed: pg_restore met an error; the database is half filled.
            InterruptedByOperator: a stop was asked for.
        """
        jobs = min(os.cpu_count() or 1, MOST_JOBS)
        with self._within_reach(archive) as path:
            calls = RestoreCalls(self._client, self._environment, path, self._where(database_name), settings)
            large = large_tables(tables) if self._client.has("psql") else ()
            restore_in_phases(calls, large, jobs, more_words, self._say, self._is_stop_requested)

    def restore_with(
        self, archive: Path, database_name: str, words: Sequence[str], *, is_live: bool = False
    ) -> None:
        """By one worker, told everything else; for a database that is not empty.

        Args:
            is_live: it is the one that serves, and the words ask for one transaction.

        Raises:
            StepFailed: pg_restore met an error.
            InterruptedByOperator: a stop was asked for.
        """
        with self._within_reach(archive) as path:
            self._run([*words, *self._where(database_name), path], is_live=is_live)

    def decode(self, archive: Path) -> list[str]:
        """Read it whole without a server; what pg_restore said where that failed, nothing where it went well.

        Raises:
            StepFailed: it cannot be brought to where pg_restore runs.
            InterruptedByOperator: a stop was asked for.
        """
        with (
            self._within_reach(archive) as path,
            self._running(["--file", "/dev/null", path]) as program,
        ):
            return program.said() if program.wait(self._is_stop_requested) != 0 else []

    def _run(self, words: Sequence[str], *, is_live: bool) -> None:
        with self._running(words) as program:
            if program.wait(self._is_stop_requested) != 0:
                raise restore_failed(program, is_live=is_live)

    def _where(self, database_name: str) -> list[str]:
        host = ["--host", self._client.host] if self._client.host else []
        return [
            "--no-password", *host, "--port", str(self._client.port), "--username", self._address.user,
            "--dbname", database_word(database_name),
        ]

    def _running(self, words: Sequence[str]) -> AbstractContextManager[Program]:
        argv = self._client.argv("pg_restore", *words)
        return running(argv, self._environment, secrets=[self._address.password], name="pg_restore")

    @contextmanager
    def _within_reach(self, archive: Path) -> Iterator[str]:
        """The archive's path for the client; a copy inside the container where that is where it runs.

        Workers need a file that they can seek in: standard input allows one worker only (20 s against 30 s,
        measured at 2.4 GB).
        """
        if not self._client.container_id:
            yield str(archive)
            return
        inner = f"/tmp/surefoot-{secrets.token_hex(6)}"  # noqa: S108 - inside the database's container, mode 700
        try:
            self._copy_in(archive, inner)
            yield f"{inner}/{archive.name}"
        finally:
            subprocess.run(
                ["docker", "exec", self._client.container_id, "rm", "-rf", inner], capture_output=True, check=False,
                stdin=subprocess.DEVNULL,
            )

    def _copy_in(self, archive: Path, inner: str) -> None:
        script = f"umask 077 && mkdir {inner} && tar -xf - -C {inner}"
        argv = ["docker", "exec", "-i", self._client.container_id, "sh", "-c", script]
        with running(argv, self._environment, name="docker exec", stdin=subprocess.PIPE) as program:
            pipe = program.process.stdin
            if pipe is None:
                raise ValueError("started without a pipe")
            try:
                with tarfile.open(fileobj=pipe, mode="w|") as tar:
                    tar.add(archive, arcname=archive.name)
                pipe.close()
            except BrokenPipeError:
                program.wait(self._is_stop_requested)
                raise program.failed("has its /tmp room for the archive?", "restore-failed") from None
            if program.wait(self._is_stop_requested) != 0:
                raise program.failed("has its /tmp room for the archive?", "restore-failed")


def require_client(client: DumpClient | None, server_major: int) -> DumpClient:
    """The client.

    Raises:
        BlockedError: there is none of the server's major; a newer one's archive commands fail on an older server.
    """
    if client is None:
        raise BlockedError(
            f"there is no pg_restore of PostgreSQL {server_major} here, and one of another major version cannot be "
            "trusted",
            hint=f"apt-get install postgresql-client-{server_major}, or set DEPLOY_DATABASE_CONTAINER",
            reference="no-pg-restore-of-this-major",
        )
    return client
