"""The lock of this machine and the lock in the database, taken and freed as one while a release is watched."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from deploy.model.doors import Database
from deploy.model.errors import LockedError
from deploy.model.watch_doors import LockFactory


class BothLocks:
    """doors.DeploymentLock. Inside its context the machine's lock is held; the database's is the commands' to take.

    Args:
        machine_lock: a context that holds this machine's lock; None for commands that only look.
    """

    def __init__(self, machine_lock: LockFactory | None, database: Database) -> None:
        self._machine_lock = machine_lock
        self._database = database
        self._held: ExitStack | None = None

    def __enter__(self) -> Self:
        if self._machine_lock is not None:
            self._take_machine_lock(self._machine_lock)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free_machine_lock()

    def free(self) -> None:
        """Both; the machine's last, so that nobody meets the database's lock of a watch that is letting go."""
        self._database.release_deployment_lock()
        self._free_machine_lock()

    def take(self) -> bool:
        """Both, or neither."""
        if self._held is not None:
            return True
        if self._machine_lock is None:
            return False
        try:
            self._take_machine_lock(self._machine_lock)
            self._database.take_deployment_lock()
        except LockedError:
            self._free_machine_lock()
            return False
        return True

    def _take_machine_lock(self, machine_lock: LockFactory) -> None:
        stack = ExitStack()
        stack.enter_context(machine_lock())
        self._held = stack

    def _free_machine_lock(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()
