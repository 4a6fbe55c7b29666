"""One deployment at a time on this machine: flock on a file that is never unlinked.

The kernel frees it with the process, so nothing is ever stale. Unlinking would let a waiter hold
the old inode beside a new holder.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from deploy.adapters.state_directory import make_state_directory
from deploy.model.deployments import Actor
from deploy.model.errors import LockedError, UsageError

LOCK_NAME = "lock"


@contextmanager
def state_lock(directory: Path, actor: Actor, command: str) -> Iterator[None]:
    """Hold the lock inside.

    Raises:
        LockedError: naming who holds it.
        UsageError: the directory cannot be written.
    """
    try:
        make_state_directory(directory)
        descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"the state directory {directory} cannot be written: {error.strerror}",
            hint="run the command as the user who owns it, or set "
            "DEPLOY_STATE_DIRECTORY", reference="state-not-writable",
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(
                f"another deployment is under way: {_holder(descriptor)}",
                hint="wait for it to end; ./scripts/deploy.sh status", reference="deployment-locked",
            ) from None
        with suppress(OSError):  # who holds it is for the message only; a full disk must not forbid an abort
            _sign(descriptor, actor, command)
        yield
    finally:
        os.close(descriptor)


def lock_holder(directory: Path) -> str:
    """Who holds the lock now, in words; empty: nobody, or there is no lock that we may read."""
    try:
        descriptor = os.open(directory / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(descriptor)
    finally:
        os.close(descriptor)
    return ""


def _sign(descriptor: int, actor: Actor, command: str) -> None:
    details = {
        "pid": os.getpid(), "user": actor.user_name, "host": actor.host_name, "command": command,
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(details).encode(), 0)


def _holder(descriptor: int) -> str:
    with suppress(ValueError, KeyError, OSError):
        d = json.loads(os.pread(descriptor, 4096, 0))
        return f"{d['command']} by {d['user']}, pid {d['pid']}, since {d['since']}"
    return "holder unknown"
