"""An opened store that is opened again when it is lost, with growing waits between."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from deploy.adapters.copies.store import LostError, RefusedError, Store, Target
from deploy.adapters.copies.targets import kind_of
from deploy.model.doors import Clock
from deploy.settings.backup_schema import BackupSettings

ATTEMPTS = 6
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
LONGEST_SLEEP_SECONDS = 0.5
_T = TypeVar("_T")


class Session:
    """One target for the length of a command.

    Args:
        settings: how each kind of store is reached.
        raise_if_stopped: asked while waiting.
        say: told of every lost attempt.
        attempts: at each file.
    """

    def __init__(
        self, target: Target, settings: BackupSettings, clock: Clock, raise_if_stopped: Callable[[], None],
        say: Callable[[str], None], attempts: int = ATTEMPTS,
    ) -> None:
        self.target = target
        self._settings = settings
        self._attempts = attempts
        self._clock = clock
        self._raise_if_stopped = raise_if_stopped
        self._say = say
        self._store: Store | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._drop()

    def do(self, work: Callable[[Store], _T]) -> _T:
        """Do it, again on a new connection when the store was lost. Raises what the store raises."""
        retrying = Retrying(
            retry=retry_if_exception_type(LostError), stop=stop_after_attempt(self._attempts),
            wait=_wait_seconds, sleep=self._sleep, before_sleep=self._tell, reraise=True,
        )
        answer: _T = retrying(self._once, work)
        return answer

    def _once(self, work: Callable[[Store], _T]) -> _T:
        try:
            if self._store is None:
                self._store = kind_of(self.target.kind).open(self.target, self._settings)
            return work(self._store)
        except LostError:
            self._drop()
            # A library may have taken a stop, raised in its middle, for a broken connection.
            self._raise_if_stopped()
            raise

    def _drop(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            with suppress(LostError, RefusedError, OSError):
                store.close()

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        seconds = state.next_action.sleep if state.next_action else 0
        self._say(f"{self.target.shown}: {error}; another attempt in {seconds:.0f} s")

    def _sleep(self, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            self._raise_if_stopped()
            self._clock.sleep(min(left, LONGEST_SLEEP_SECONDS))


def _wait_seconds(state: RetryCallState) -> float:
    """Twice as long each time, and never two machines alike."""
    longest: float = min(FIRST_WAIT_SECONDS * 2 ** (state.attempt_number - 1), LONGEST_WAIT_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311
