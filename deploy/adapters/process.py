"""The one runner of programs. Secrets go in by environment, never by argv."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.model.errors import BlockedError, StepFailed

_URL_PASSWORD = re.compile(r"(?P<head>[a-z0-9+]+://[^:/@\s]*):(?P<password>[^@\s]+)@", re.IGNORECASE)


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
        StepFailed: it did not end in time (it is killed).
    """
    try:
        done = subprocess.run(
            list(argv), env={**os.environ, **(environment or {})}, cwd=working_directory, timeout=timeout_seconds,
            capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, start_new_session=True,
            check=False,
        )
    except FileNotFoundError:
        raise BlockedError(
            f"the program {argv[0]!r} is not installed", hint="scripts/bootstrap.sh", reference="program-missing"
        ) from None
    except subprocess.TimeoutExpired:
        raise StepFailed(
            f"`{' '.join(argv[:3])}` did not end within {timeout_seconds:.0f} s",
            hint="is the Docker daemon responsive? docker info", reference="program-timeout",
        ) from None
    return Completed(done.returncode, done.stdout, done.stderr)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, and without the password of any URL in it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "[hidden]")
    return _URL_PASSWORD.sub(r"\g<head>:[hidden]@", text)
