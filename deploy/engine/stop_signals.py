"""SIGINT and SIGTERM once: stop and undo. Twice: leave at once. SIGHUP: go on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self

from deploy.model.errors import EXIT_NOT_UNDONE, InterruptedByOperator

STOPPING = "stopping after the present action, then undoing; press Ctrl-C again to leave at once"
UNDOING = "already undoing; press Ctrl-C again to leave at once"
LEFT_AT_ONCE = b"\nleft at once; next: ./scripts/deploy.sh resume, or ./scripts/deploy.sh abort\n"


class StopSignals:
    """The operator's wish to stop, as a question that steps ask at safe places.

    Args:
        tell: called once, at the first signal, with a line for the operator.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._is_requested = False
        self._shields = 0
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._on_signal)
        for number in (signal.SIGHUP, signal.SIGPIPE):
            self._previous[number] = signal.signal(number, signal.SIG_IGN)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            # None: a handler that was not installed from Python, and cannot be put back from here.
            if handler is not None:
                signal.signal(number, handler)

    def is_requested(self) -> bool:
        """Whether to stop; never while shielded."""
        return self._is_requested and self._shields == 0

    def raise_if_requested(self) -> None:
        """Raises InterruptedByOperator when a stop was asked for."""
        if self.is_requested():
            raise InterruptedByOperator(
                "interrupted by the operator", hint="./scripts/deploy.sh status", reference="interrupted"
            )

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Inside, a first signal is remembered and not raised."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._is_requested:
            with suppress(OSError):
                os.write(2, LEFT_AT_ONCE)
            os._exit(EXIT_NOT_UNDONE)
        self._is_requested = True
        # A terminal that breaks under the line (or is being written to) must not raise into a step.
        with suppress(Exception):
            self._tell(UNDOING if self._shields else STOPPING)
