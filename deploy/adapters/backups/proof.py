"""A restore into a scratch server failed: is that a proof against the backup, or trouble of this machine?

A proof is an archive that cannot be decoded, or rows and statements that the server refused for what they are. A full
disk, a server that was killed, a locale that is missing here prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docker.errors import DockerException

from deploy.model.errors import BlockedError, StepFailed
from deploy.model.unrestorable import advice_after_failed_proof

# The scratch server's log tells each error's SQLSTATE; pg_restore does not.
LOG_LINE_PREFIX = "%p|%e|"
_ERROR = re.compile(r"\d+\|(?P<state>[0-9A-Z]{5})\|(?:ERROR|FATAL|PANIC): ")
# Cardinality, data, integrity, dependent objects, schema names, statements and names, check options.
_OF_CONTENT = {"21", "22", "23", "2B", "3F", "42", "44"}
# An unknown locale or setting, a right, an object that the archive expects of the server.
_OF_THE_SERVER = {"22023", "42501", "42704"}
# pg_restore's words about its own machine, not about the archive.
_OF_THE_MACHINE = ("out of memory", "could not open", "Permission denied", "No space left on device")
# Their own hints speak of production's server, or of a check's.
_OF_A_SERVER = {
    "scratch-server-not-started", "database-unreachable", "database-starting", "database-refused",
    "database-missing", "database-login-refused", "too-few-connections", "no-room-to-restore",
}


def is_refused_content(log_path: Path, begin: int) -> bool:
    """Whether the first error of the server was about what it was given.

    Args:
        begin: where in the log the restore began, in bytes.
    """
    try:
        with log_path.open("rb") as file:
            file.seek(begin)
            found = _ERROR.search(file.read().decode(errors="replace"))
    except OSError:
        return False
    if found is None:
        return False
    state = found["state"]
    return state[:2] in _OF_CONTENT and state not in _OF_THE_SERVER


def is_unreadable(said: list[str]) -> bool:
    """Whether pg_restore, which read the whole archive without a server, complained of the archive.

    Args:
        said: its standard error; empty where it ended well.
    """
    errors = [line for line in said if line.startswith("pg_restore: error: ")]
    return bool(errors) and not any(words in errors[0] for words in _OF_THE_MACHINE)


def does_not_restore(name: str, error: StepFailed) -> StepFailed:
    """The proof, as an error."""
    what = f"{name} does not restore: {error.what}"
    return StepFailed(what, hint=advice_after_failed_proof(name, what), reference="backup-does-not-restore")


def not_tried(name: str, why: str, place: str) -> BlockedError:
    """What is said of a restore that this machine could not do.

    Args:
        place: the temporary directory.
    """
    return BlockedError(
        f"{name} could not be restored into a scratch server, which says nothing about the backup itself: {why}",
        hint=f"repair this machine (has {place} room? TMPDIR names another directory), then run the same command again",
        reference="backup-not-tried",
    )


@contextmanager
def machine_told(name: str, place: str) -> Iterator[None]:
    """What the disk or the engine refuses to the scratch server becomes one sentence.

    Raises:
        BlockedError: that sentence.
    """
    try:
        yield
    except (OSError, DockerException) as error:
        strerror = error.strerror if isinstance(error, OSError) else None
        raise not_tried(name, strerror or str(error), place) from None


@contextmanager
def aside_told(name: str, place: str) -> Iterator[None]:
    """What fails on a scratch server, where the database that serves is another matter.

    Raises:
        BlockedError: the server could not do its part.
        StepFailed: a program on it met an error.
    """
    try:
        with server_told(name, place):
            yield
    except StepFailed as error:
        if error.reference in _OF_A_SERVER:
            raise not_tried(name, error.what, place) from None
        if error.reference != "restore-failed":
            raise
        raise StepFailed(
            f"the scratch server did not accept {name}: {error.what}",
            hint=f"./scripts/deploy.sh backup verify {name} says whether the backup restores; the live database was "
            "not touched",
            reference=error.reference,
        ) from None


@contextmanager
def server_told(name: str, place: str) -> Iterator[None]:
    """The same, and what its server says: where no other server is asked.

    Raises:
        BlockedError: that sentence.
    """
    try:
        with machine_told(name, place):
            yield
    except BlockedError as error:
        if error.reference not in _OF_A_SERVER:
            raise
        raise not_tried(name, error.what, place) from None
