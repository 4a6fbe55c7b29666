"""An opened store that is opened again when it is lost, with growing waits between."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from deploy.adapters.copies.s3_options import BucketOptions
from deploy.adapters.copies.ssh_options import SshOptions
from deploy.adapters.copies.store import LostError, RefusedError, Store
from deploy.adapters.copies.targets import Target
from deploy.model.doors import Clock
from deploy.model.errors import BlockedError

ATTEMPTS = 6
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
LONGEST_SLEEP_SECONDS = 0.5
_T = TypeVar("_T")


@dataclass(frozen=True)
class StoreOptions:
    """How each kind of store is reached.

    Attributes:
        attempts: at each file.
    """

    bucket: BucketOptions = field(default_factory=BucketOptions)
    google: BucketOptions = field(default_factory=BucketOptions)
    ssh: SshOptions = field(default_factory=SshOptions)
    attempts: int = ATTEMPTS


def open_store(target: Target, options: StoreOptions) -> Store:
    """The store of a target. Raises LostError, RefusedError.

    Raises:
        BlockedError: its client is not installed.
    """
    try:
        if target.kind in {"s3", "gs"}:
            from deploy.adapters.copies.s3 import BucketStore  # large, and rarely wanted

            return BucketStore(target, options.google if target.kind == "gs" else options.bucket)
        if target.kind == "sftp":
            from deploy.adapters.copies.sftp import SftpStore

            return SftpStore(target, options.ssh)
    except ModuleNotFoundError as error:
        client = "asyncssh" if target.kind == "sftp" else "boto3"
        raise BlockedError(
            f"copies to {target.kind}:// need the Python package {error.name}, which is not installed",
            hint=f"{sys.executable} -m pip install {client}; scripts/bootstrap.sh, and the one file that `make dist` "
            "builds, bring it by themselves",
            reference="copy-client-missing",
        ) from None
    from deploy.adapters.copies.directory import DirectoryStore

    return DirectoryStore(target)


class Session:
    """One target for the length of a command.

    Args:
        raise_if_stopped: asked while waiting.
        say: told of every lost attempt.
    """

    def __init__(
        self, target: Target, options: StoreOptions, clock: Clock, raise_if_stopped: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self.target = target
        self._options = options
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
            retry=retry_if_exception_type(LostError), stop=stop_after_attempt(self._options.attempts),
            wait=_wait_seconds, sleep=self._sleep, before_sleep=self._tell, reraise=True,
        )
        answer: _T = retrying(self._once, work)
        return answer

    def _once(self, work: Callable[[Store], _T]) -> _T:
        try:
            if self._store is None:
                self._store = open_store(self.target, self._options)
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
