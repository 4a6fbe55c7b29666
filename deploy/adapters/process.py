"""The one runner of programs. Secrets go in by environment, never by argv."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.model.errors import DATABASE, ENGINE, BlockedError, StepFailed
from deploy.model.redaction import without_passwords


class ProgramTimeout(StepFailed):
    """A program did not end in time, and was killed."""


@dataclass(frozen=True)
class Completed:
    """What a program printed, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str


def run_program(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    working_directory: Path | None = None,
    timeout_seconds: float = 600,
) -> Completed:
    """Run to the end.

    A session of its own keeps Ctrl-C on the terminal from reaching the child: stopping is the
    engine's decision, not the terminal's.

    Raises:
        BlockedError: the program is not installed.
        ProgramTimeout: it did not end in time (it is killed).
    """
    if working_directory is not None and not working_directory.is_dir():
        raise BlockedError(
            f"the directory {working_directory} does not exist", hint="name the project with --project-directory",
            reference="project-directory-missing",
        )
    try:
        process = subprocess.Popen(
            list(argv), env={**os.environ, **(environment or {})}, cwd=working_directory, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True,
        )
    except OSError as error:
        raise BlockedError(
            f"the program {argv[0]!r} cannot be run: {error.strerror}", hint="scripts/bootstrap.sh",
            reference="program-missing",
        ) from None
    with process:
        try:
            stdout, stderr = process.communicate(timeout=timeout_seconds)
        except subprocess.TimeoutExpired:
            raise ProgramTimeout(
                f"`{' '.join(argv[:3])}` did not end within {timeout_seconds:.0f} s",
                hint="is the Docker daemon responsive? docker info", reference="program-timeout",
            ) from None
        finally:
            if process.poll() is None:  # with its children: compose runs as a plugin, a grandchild
                os.killpg(process.pid, signal.SIGKILL)
    return Completed(process.returncode, stdout, stderr)


# What programs say of an engine or a server that falls, restarts or hands over (docker 20 to 28, libpq 14 to 18).
_AWAY_WORDS = {
    ENGINE: (
        "Cannot connect to the Docker daemon", "error during connect", "containerd.sock", "docker.sock: connect:",
        "docker.sock: read:", "Is the docker daemon running",
    ),
    DATABASE: (
        "the database system is", "terminating connection due to administrator command", "Connection refused",
        "server closed the connection unexpectedly", "too many clients", "remaining connection slots",
        "terminating connection because of crash", "could not receive data from server",
    ),
}


def away_in(text: str) -> str:
    """What a program that failed found away, as in DeployError.away; empty where it failed for another reason."""
    return next((thing for thing, words in _AWAY_WORDS.items() if any(word in text for word in words)), "")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, and without the password of any URL in it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "[hidden]")
    return without_passwords(text)
