"""One push of a backup at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.model.errors import LockedError


@contextmanager
def push_lock(manifest: Path) -> Iterator[None]:
    """Hold this backup's manifest inside; the kernel frees it with the process. Raises OSError.

    A lock of its own: a long copy must not keep deployments waiting.

    Raises:
        LockedError: another process is at it.
    """
    descriptor = os.open(manifest, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(
                f"another process copies {manifest.parent.name}",
                hint="wait for it to end; ./scripts/deploy.sh backup list", reference="copy-under-way",
            ) from None
        yield
    finally:
        os.close(descriptor)
