"""Dump to a temporary name, hash on the way, read back whole, rename. Nothing half-written ever bears a good name."""

from __future__ import annotations

import hashlib
import os
import re
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.dump_client import DumpClient, client_environment, find_dump_client
from deploy.adapters.process import redact
from deploy.model.database import Backup, DatabaseState
from deploy.model.errors import BlockedError, InterruptedByOperator, StepFailed

CHUNK_BYTES = 1 << 20
SAY_EVERY_SECONDS = 2.0
POLL_SECONDS = 0.1
MAGIC = b"PGDMP"
PART_NAME = re.compile(r"\.backup_.*\.part")
FIRST_ZSTD_MAJOR = 16


class PgDumpBackups:
    """Backups of one database in one directory.

    Args:
        directory: mode 700, made when needed.
        server_containers: asked when a client is needed: running containers that may be the server,
            each with id, name and port (the server's port inside).
    """

    def __init__(
        self, directory: Path, address: DatabaseAddress,
        server_containers: Callable[[], Sequence[Mapping[str, str]]],
    ) -> None:
        self._directory = directory
        self._address = address
        self._server_containers = server_containers
        self._clients: dict[int, DumpClient] = {}

    def sweep_partial_files(self) -> tuple[str, ...]:
        """Remove what killed dumps left."""
        if not self._directory.is_dir():
            return ()
        names = sorted(path.name for path in self._directory.iterdir() if PART_NAME.fullmatch(path.name))
        for name in names:
            (self._directory / name).unlink(missing_ok=True)
        return tuple(names)

    def client(self, server_major: int) -> str:
        """Which one would be used."""
        return self._client(server_major).label

    def exists(self, file_name: str) -> bool:
        """Whether the file is there."""
        return (self._directory / file_name).is_file()

    def delete(self, file_name: str) -> None:
        """Remove it."""
        try:
            (self._directory / file_name).unlink(missing_ok=True)
        except OSError as error:
            raise StepFailed(
                f"{file_name} could not be removed: {error.strerror}", hint="check the directory's owner",
                reference="backup-not-removed",
            ) from None

    def create(
        self,
        database: DatabaseState,
        deployment_id: str | None,
        *,
        say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        """One verified backup."""
        client = self._client(database.server_major)
        started_at, started = datetime.now(UTC), time.monotonic()
        with self._part_file(database.database_name, started_at) as (final, part, file):
            try:
                sha256, size = self._dump(client, database, file, say, is_stop_requested)
                os.fsync(file.fileno())
                say("reading it back whole")
                self._decode(client, part, is_stop_requested)
                part.rename(final)
                self._sync_directory()
            except OSError as error:
                raise StepFailed(
                    f"the backup could not be written to {self._directory}: {error.strerror}",
                    hint="df -h; nothing was kept of it", reference="backup-not-written",
                ) from None
        return Backup(
            file_name=final.name, database_name=database.database_name, sha256=sha256, size_bytes=size,
            revision_ids=database.revision_ids, server_version=database.server_version, client=client.label,
            started_at=started_at, duration_seconds=round(time.monotonic() - started, 3),
            deployment_id=deployment_id,
        )

    def _client(self, server_major: int) -> DumpClient:
        if server_major not in self._clients:
            client = find_dump_client(self._address, server_major, self._server_containers())
            if client is None:
                raise BlockedError(
                    f"there is no pg_dump of PostgreSQL {server_major} here, and another major cannot be trusted",
                    hint=f"apt-get install postgresql-client-{server_major}, or set DEPLOY_DATABASE_CONTAINER",
                    reference="no-pg-dump-of-this-major",
                )
            self._clients[server_major] = client
        return self._clients[server_major]

    @contextmanager
    def _part_file(self, database_name: str, at: datetime) -> Iterator[tuple[Path, Path, IO[bytes]]]:
        """The temporary file; gone afterwards unless it was renamed."""
        safe = re.sub(r"[^A-Za-z0-9_-]", "_", database_name)
        stem = f"backup_{safe}_{at:%Y%m%dT%H%M%SZ}"
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            final, number = self._directory / f"{stem}.dump", 2
            while final.exists():
                final, number = self._directory / f"{stem}-{number}.dump", number + 1
            part = self._directory / f".{final.name}.part"
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StepFailed(
                f"the backup directory {self._directory} cannot be written: {error.strerror}",
                hint="df -h, and check the directory's owner", reference="backup-not-written",
            ) from None
        try:
            # Unbuffered: a full disk is met by the write that fills it, not by the closing of the file.
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                yield final, part, file
        finally:
            part.unlink(missing_ok=True)

    def _dump(
        self, client: DumpClient, database: DatabaseState, file: IO[bytes],
        say: Callable[[str], None], is_stop_requested: Callable[[], bool],
    ) -> tuple[str, int]:
        argv = client.argv(
            "pg_dump", "--format=custom", f"--compress={_compression(client)}", "--lock-wait-timeout=30s",
            "--no-password", "--host", client.host, "--port", str(client.port), "--username", self._address.user,
            "--dbname", database.database_name,
        )
        digest, size, said = hashlib.sha256(), 0, time.monotonic()
        begun = said
        with tempfile.TemporaryFile() as errors, self._program(argv, errors) as process:
            for chunk in _chunks(process, is_stop_requested):
                if size == 0 and not chunk.startswith(MAGIC):
                    raise self._failed("pg_dump wrote something that is not an archive, it", process.poll(), errors)
                _write_whole(file, chunk)
                digest.update(chunk)
                size += len(chunk)
                if time.monotonic() - said > SAY_EVERY_SECONDS:
                    said = time.monotonic()
                    say(f"{size / 1e6:,.0f} MB, {size / 1e6 / (said - begun):,.0f} MB/s")
            exit_code = process.wait()
            if exit_code != 0 or size == 0:
                raise self._failed("pg_dump", exit_code, errors)
        return digest.hexdigest(), size

    def _decode(self, client: DumpClient, part: Path, is_stop_requested: Callable[[], bool]) -> None:
        """`--list` reads the table of contents only; 240 of 240 bit flips passed it (measured)."""
        argv = client.argv("pg_restore", "--file", "/dev/null")
        with part.open("rb") as source, tempfile.TemporaryFile() as errors:
            with self._program(argv, errors, source) as process:
                while (exit_code := process.poll()) is None:
                    _raise_if(is_stop_requested)
                    time.sleep(POLL_SECONDS)
            if exit_code != 0:
                raise self._failed("pg_restore could not read the backup back, it", exit_code, errors)

    @contextmanager
    def _program(
        self, argv: Sequence[str], errors: IO[bytes], source: IO[bytes] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run it; the password goes by environment, and an exception ends the program."""
        environment = client_environment(self._address)
        try:
            process = subprocess.Popen(
                list(argv), stdin=source or subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if source else subprocess.PIPE, stderr=errors, env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise StepFailed(
                f"{argv[0]} could not be started: {error.strerror}", hint="scripts/bootstrap.sh",
                reference="program-missing",
            ) from None
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            if process.stdout:
                process.stdout.close()
            process.wait()

    def _failed(self, who: str, exit_code: int | None, errors: IO[bytes]) -> StepFailed:
        errors.seek(0)
        lines = [line for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
        said = redact(lines[-1], [self._address.password]) if lines else "it said nothing"
        return StepFailed(
            f"{who} failed with exit code {exit_code}: {said}", hint="nothing was kept of it; repair and try again",
            reference="backup-failed",
        )

    def _sync_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):
            os.fsync(descriptor)
        os.close(descriptor)


def _chunks(process: subprocess.Popen[bytes], is_stop_requested: Callable[[], bool]) -> Iterator[bytes]:
    """What the program writes, asking for a stop also while it is silent (waiting for a table lock)."""
    if process.stdout is None:
        raise ValueError("the program was started without a pipe")
    descriptor = process.stdout.fileno()
    while True:
        _raise_if(is_stop_requested)
        if not select.select([descriptor], [], [], POLL_SECONDS)[0]:
            continue
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            return
        yield chunk


def _raise_if(is_stop_requested: Callable[[], bool]) -> None:
    if is_stop_requested():
        raise InterruptedByOperator("stopped during the backup", reference="interrupted")


def _write_whole(file: IO[bytes], chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[file.write(view) :]


def _compression(client: DumpClient) -> str:
    """Choose: zstd costs nothing beside the server's COPY (measured); clients before 16 have gzip only."""
    return "zstd:3" if client.major >= FIRST_ZSTD_MAJOR and _has_zstd(client) else "1"


def _has_zstd(client: DumpClient) -> bool:
    """Ask: pg_dump refuses an unknown method at once, before it connects."""
    probe = subprocess.run(
        client.argv("pg_dump", "--compress=zstd:3", "--format=custom", "--host=/nonexistent", "--no-password"),
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, start_new_session=True,
    )
    return "not supported" not in probe.stderr and "compression" not in probe.stderr
