"""One pg_dump into a backup's directory, beside the count of every table in the same snapshot."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.adapters.backups.programs import IsStopRequested, Program, database_word, raise_if, running
from deploy.adapters.backups.streams import Tee, sum_file, write_stream
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.dump_client import DumpClient, client_environment
from deploy.model.backups import DUMP_NAME, GLOBALS_NAME, BackupFile

SAY_EVERY_SECONDS = 2.0
MAGIC = b"PGDMP"
FIRST_ZSTD_MAJOR = 16
# Level 3 took a fifth more of a whole backup's time, and no less room (docs/decisions/0009-backup-speed.md).
ZSTD = "zstd:1"
GZIP = "1"
LOCK_WAIT = "30s"
NOTHING_KEPT = "nothing of this backup was kept; repair the cause and try again"


@dataclass(frozen=True)
class DumpOrder:
    """What is to be dumped, and how.

    Attributes:
        snapshot_id: exported by the session that counts.
        compression: pg_dump's --compress.
        jobs: more than one: directory format, with so many workers.
        expected_bytes: the last backup's size, for the time left; 0 where there was none.
    """

    database_name: str
    snapshot_id: str
    compression: str
    jobs: int
    expected_bytes: int


class Dumper:
    """Programs of one client against one server."""

    def __init__(
        self, client: DumpClient, address: DatabaseAddress, say: Callable[[str], None],
        is_stop_requested: IsStopRequested,
    ) -> None:
        self._client = client
        self._address = address
        self._say = say
        self._is_stop_requested = is_stop_requested
        self._environment = client_environment(address)

    def dump(self, order: DumpOrder, directory: Path, recipients: Sequence[object]) -> tuple[BackupFile, ...]:
        """Write it, decoded while it is written, and read back from the disk.

        Raises:
            StepFailed: pg_dump failed, or what it wrote cannot be read back.
            InterruptedByOperator: a stop was asked for.
            OSError: the disk.
        """
        return self._directory(order, directory) if order.jobs > 1 else self._custom(order, directory, recipients)

    def globals(self, directory: Path, recipients: Sequence[object]) -> tuple[tuple[BackupFile, ...], str]:
        """Roles and what they are members of, without passwords; a warning where this user may not read them."""
        words = ["pg_dumpall", "--globals-only", "--no-role-passwords", "--no-password", *self._where(), "--database",
                 database_word(self._address.database_name)]
        with self._running(words, has_output=True) as program:
            text = b"".join(program.chunks(self._is_stop_requested))
            if program.wait(self._is_stop_requested) != 0:
                said = (program.said() or ["it said nothing"])[-1]
                return (), f"the backup does not hold the roles: {said}"
        return (write_stream(directory / GLOBALS_NAME, GLOBALS_NAME, [text], recipients),), ""

    def _custom(self, order: DumpOrder, directory: Path, recipients: Sequence[object]) -> tuple[BackupFile, ...]:
        words = ["pg_dump", "--format=custom", *self._dump_words(order)]
        with ExitStack() as stack:
            # `--list` reads the table of contents only; 240 of 240 bit flips passed it (measured).
            decoder = stack.enter_context(self._running(["pg_restore", "--file", "/dev/null"], stdin=subprocess.PIPE))
            program = stack.enter_context(self._running(words, has_output=True))
            chunks = self._progress(self._archive(program), order.expected_bytes)
            try:
                file = write_stream(directory / DUMP_NAME, DUMP_NAME, chunks, recipients, [_feed(decoder)])
            except BrokenPipeError:
                decoder.wait(self._is_stop_requested)
                raise decoder.failed(NOTHING_KEPT) from None
            if program.wait(self._is_stop_requested) != 0 or file.size_bytes == 0:
                raise program.failed(NOTHING_KEPT)
            if decoder.process.stdin:
                decoder.process.stdin.close()
            if decoder.wait(self._is_stop_requested) != 0:
                raise decoder.failed(NOTHING_KEPT)
        return (file,)

    def _directory(self, order: DumpOrder, directory: Path) -> tuple[BackupFile, ...]:
        target = directory / DUMP_NAME
        words = ["pg_dump", "--format=directory", f"--jobs={order.jobs}", f"--file={target}", *self._dump_words(order)]
        with self._running(words) as program:
            if program.wait(self._is_stop_requested) != 0:
                raise program.failed(NOTHING_KEPT)
        self._say("reading the whole backup back")
        with self._running(["pg_restore", "--file", "/dev/null", str(target)]) as decoder:
            if decoder.wait(self._is_stop_requested) != 0:
                raise decoder.failed(NOTHING_KEPT)
        found = []
        for path in sorted(target.iterdir()):
            path.chmod(0o600)
            there = sum_file(path, self._stop)
            found.append(BackupFile(f"{DUMP_NAME}/{path.name}", there.size_bytes, there.sha256, there.sha256))
        return tuple(found)

    def _dump_words(self, order: DumpOrder) -> list[str]:
        return [
            f"--compress={order.compression}", f"--snapshot={order.snapshot_id}", f"--lock-wait-timeout={LOCK_WAIT}",
            "--no-password", *self._where(), "--dbname", database_word(order.database_name),
        ]

    def _where(self) -> list[str]:
        return ["--host", self._client.host, "--port", str(self._client.port), "--username", self._address.user]

    def _running(
        self, words: Sequence[str], *, stdin: int = subprocess.DEVNULL, has_output: bool = False
    ) -> AbstractContextManager[Program]:
        program, *rest = words
        return running(
            self._client.argv(program, *rest), self._environment, secrets=[self._address.password], name=program,
            stdin=stdin, has_output=has_output,
        )

    def _archive(self, program: Program) -> Iterator[bytes]:
        is_first = True
        for chunk in program.chunks(self._is_stop_requested):
            if is_first and not chunk.startswith(MAGIC):
                program.wait(self._is_stop_requested)
                raise program.failed(NOTHING_KEPT)
            is_first = False
            yield chunk

    def _progress(self, chunks: Iterator[bytes], expected_bytes: int) -> Iterator[bytes]:
        began = said = time.monotonic()
        size = 0
        for chunk in chunks:
            yield chunk
            size += len(chunk)
            now = time.monotonic()
            if now - said > SAY_EVERY_SECONDS:
                said = now
                self._say(say_progress(size, now - began, expected_bytes))

    def _stop(self) -> None:
        raise_if(self._is_stop_requested, "the reading back of the backup")


def say_progress(size: int, seconds: float, expected_bytes: int) -> str:
    """`120 MB, 45 MB/s, about 12 s left`; the last part where the last backup's size is known."""
    rate = size / seconds
    text = f"{size / 1e6:,.0f} MB, {rate / 1e6:,.0f} MB/s"
    if expected_bytes > size:
        text += f", about {(expected_bytes - size) / rate:,.0f} s left"
    return text


def compression_of(client: DumpClient) -> str:
    """What it does fastest: zstd is free beside the server's COPY (measured); clients before 16 have gzip."""
    return ZSTD if client.major >= FIRST_ZSTD_MAJOR and _has_zstd(client) else GZIP


def _has_zstd(client: DumpClient) -> bool:
    """Ask: pg_dump refuses an unknown method at once, before it connects."""
    probe = subprocess.run(
        client.argv("pg_dump", f"--compress={ZSTD}", "--format=custom", "--host=/nonexistent", "--no-password"),
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, start_new_session=True,
    )
    return "not supported" not in probe.stderr and "compression" not in probe.stderr


def _feed(decoder: Program) -> Tee:
    pipe = decoder.process.stdin
    if pipe is None:
        raise ValueError("the decoder was started without a pipe")

    def feed(chunk: bytes) -> None:
        pipe.write(chunk)

    return feed
