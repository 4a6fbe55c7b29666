"""Waiting for a lock that another holds, aloud and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from deploy.model.errors import LockedError

POLL_SECONDS = 0.5
_T = TypeVar("_T")


def with_patience(
    take: Callable[[], _T], wait_seconds: float, say: Callable[[str], None],
    raise_if_stopped: Callable[[], None] = lambda: None,
) -> _T:
    """Try again until it is free, and say whom it waits for: once for each holder.

    Args:
        wait_seconds: 0 tries once.
        raise_if_stopped: asked before each try.

    Raises:
        LockedError: it is still held, and the time is over.
    """
    deadline = time.monotonic() + wait_seconds
    told = ""
    while True:
        raise_if_stopped()
        try:
            return take()
        except LockedError as error:
            left = deadline - time.monotonic()
            if left <= 0:
                raise
            if error.what != told:
                told = error.what
                say(f"waiting, at most {left:.0f} s more: {error.what}")
            time.sleep(min(POLL_SECONDS, left))
