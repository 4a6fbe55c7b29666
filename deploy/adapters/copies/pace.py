"""The bandwidth limit: an average that holds from the first byte on."""

from __future__ import annotations

from collections.abc import Callable

LONGEST_WAIT_SECONDS = 0.5


class Pacer:
    """Waits until the bytes that went out so far fit the limit.

    Args:
        bytes_per_second: 0: no limit.
        monotonic, sleep: the clock's.
        raise_if_stopped: asked with every block, and during every wait.
    """

    def __init__(
        self, bytes_per_second: int, monotonic: Callable[[], float], sleep: Callable[[float], None],
        raise_if_stopped: Callable[[], None] = lambda: None,
    ) -> None:
        self._rate = bytes_per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._raise_if_stopped = raise_if_stopped
        self._due = monotonic()

    def __call__(self, count: int) -> None:
        """Account for so many bytes that are about to go."""
        self._raise_if_stopped()
        if not self._rate:
            return
        # Time that was not used is not saved up: after a pause the line is not flooded.
        self._due = max(self._due, self._monotonic()) + count / self._rate
        while (left := self._due - self._monotonic()) > 0:
            self._sleep(min(left, LONGEST_WAIT_SECONDS))
            self._raise_if_stopped()
