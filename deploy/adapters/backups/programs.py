"""pg_dump and its kin as child processes: the password by environment, ended when we leave, the last words kept."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO

from deploy.adapters.process import away_in, redact
from deploy.model.errors import InterruptedByOperator, StepFailed

CHUNK_BYTES = 1 << 20
# Linux gives 64 KiB; with more, neither side waits for the other at every turn.
PIPE_BYTES = 1 << 20
POLL_SECONDS = 0.1
# Programs follow each other, and Popen.wait with a timeout notices an end up to 50 ms late.
END_POLL_SECONDS = 0.005
# For `raise_if`, where no program runs.
CHECKING = "the check of the backup's files"
IsStopRequested = Callable[[], bool]


class Program:
    """One that runs.

    Attributes:
        name: for messages.
        process: its standard output, input or neither are pipes, as it was started.
    """

    def __init__(self, name: str, process: subprocess.Popen[bytes], errors: IO[bytes], secrets: Sequence[str]) -> None:
        self.name = name
        self.process = process
        self._errors = errors
        self._secrets = secrets

    def wait(self, is_stop_requested: IsStopRequested) -> int:
        """Its exit code.

        Raises:
            InterruptedByOperator: a stop was asked for.
        """
        while (exit_code := self.process.poll()) is None:
            raise_if(is_stop_requested, self.name)
            time.sleep(END_POLL_SECONDS)
        return exit_code

    def chunks(self, is_stop_requested: IsStopRequested) -> Iterator[bytes]:
        """What it writes, asking for a stop also while it is silent (waiting for a table lock)."""
        if self.process.stdout is None:
            raise ValueError("the program was started without a pipe")
        descriptor = self.process.stdout.fileno()
        while True:
            raise_if(is_stop_requested, self.name)
            if not select.select([descriptor], [], [], POLL_SECONDS)[0]:
                continue
            chunk = os.read(descriptor, CHUNK_BYTES)
            if not chunk:
                return
            yield chunk

    def said(self) -> list[str]:
        """Its standard error, without secrets; empty lines left out."""
        self._errors.seek(0)
        text = redact(self._errors.read().decode(errors="replace"), self._secrets)
        return [line for line in text.splitlines() if line.strip()]

    def failed(self, hint: str, reference: str = "backup-failed") -> StepFailed:
        """The error that says so, with its first error; its last words may be the end of a statement."""
        lines = self.said()
        errors = [line for line in lines if "error:" in line.lower()]
        said = (errors or lines[-1:] or ["it said nothing"])[0]
        return StepFailed(
            f"{self.name} failed with exit code {self.process.poll()}: {said}",
            hint=hint, reference=reference, away=away_in("\n".join(lines)),
        )


@contextmanager
def running(
    argv: Sequence[str], environment: Mapping[str, str], *, secrets: Sequence[str] = (), name: str = "",
    stdin: IO[bytes] | int = subprocess.DEVNULL, has_output: bool = False, missing_hint: str = "scripts/bootstrap.sh",
) -> Iterator[Program]:
    """Start it, and kill it when the block is left before it ended.

    Args:
        stdin: a file, subprocess.PIPE or subprocess.DEVNULL.
        has_output: its standard output is read here; it goes nowhere otherwise.
        missing_hint: what helps where it cannot be started.

    Raises:
        StepFailed: it cannot be started.
    """
    # In memory: what it says of a full disk must not be lost on that disk.
    with open(os.memfd_create("errors"), "w+b", buffering=0) as errors:  # noqa: PTH123 - a descriptor
        try:
            process = subprocess.Popen(
                list(argv), stdin=stdin, stdout=subprocess.PIPE if has_output else subprocess.DEVNULL, stderr=errors,
                env=dict(environment), start_new_session=True,
            )
        except OSError as error:
            raise StepFailed(
                f"{argv[0]} could not be started: {error.strerror}", hint=missing_hint, reference="program-missing",
            ) from None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # an administrator may allow less
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        try:
            yield Program(name or os.path.basename(argv[0]), process, errors, secrets)  # noqa: PTH119 - a word
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):  # it has a session of its own: what it started ends with it
            os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # a full pipe to a dead program
                continue
    process.wait()


def database_word(name: str) -> str:
    """A database for --dbname: a bare name with `=` in it, or one like a URL, would be read as something else."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"


def raise_if(is_stop_requested: IsStopRequested, during: str) -> None:
    """Stop here, if the operator asked for it.

    Args:
        during: what is stopped by that, as the message names it.

    Raises:
        InterruptedByOperator: he did.
    """
    if is_stop_requested():
        raise InterruptedByOperator(f"stopped during {during}", reference="interrupted")
