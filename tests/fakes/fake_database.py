"""A database and a backup directory, as the test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deploy.model.database import Backup, DatabaseState
from deploy.model.errors import BlockedError, DeployError, LockedError, StepFailed
from tests.fakes.fake_clock import FakeClock


class FakeDatabase:
    """doors.Database. `change` sets fields of the state; `failure` is raised by the next looks."""

    def __init__(self, *revision_ids: str) -> None:
        self.state = DatabaseState(
            "shop", "15.18", 15, False, revision_ids, ("public.orders",), 10_000_000, 3, 97, (), ()
        )
        self.failure: DeployError | None = None
        self.lock_holder = ""
        self.is_locked = False
        self.is_closed = False
        self.blocker_lines: tuple[str, ...] = ()

    def change(self, **fields: Any) -> None:
        self.state = replace(self.state, **fields)

    def observe(self) -> DatabaseState:
        if self.failure:
            raise self.failure
        return self.state

    def take_deployment_lock(self) -> None:
        if self.lock_holder:
            raise LockedError(f"{self.lock_holder} holds the lock", hint="wait", reference="deployment-locked")
        self.is_locked = True

    def release_deployment_lock(self) -> None:
        self.is_locked = False

    def blockers(self) -> tuple[str, ...]:
        return self.blocker_lines

    def close(self) -> None:
        self.is_locked, self.is_closed = False, True


class FakeBackups:
    """doors.Backups. `files` is the directory; `failures` by file name are raised by `delete`."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self._clock = clock or FakeClock()
        self.files: dict[str, Backup | None] = {}
        self.partial_files: tuple[str, ...] = ()
        self.failures: dict[str, DeployError] = {}
        self.create_failure: DeployError | None = None
        self.majors = {15}

    def sweep_partial_files(self) -> tuple[str, ...]:
        swept, self.partial_files = self.partial_files, ()
        return swept

    def client(self, server_major: int) -> str:
        if server_major not in self.majors:
            raise BlockedError(f"no pg_dump {server_major}", hint="install it", reference="pg-dump-missing")
        return f"host {server_major}"

    def create(
        self, database: DatabaseState, deployment_id: str | None, *, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        if self.create_failure:
            raise self.create_failure
        if is_stop_requested():
            raise StepFailed("the dump was stopped", reference="dump-stopped")
        name = f"backup_{database.database_name}_{len(self.files) + 1}.dump"
        backup = Backup(
            name, database.database_name, "0" * 64, 1000, database.revision_ids, database.server_version,
            self.client(database.server_major), self._clock.now(), 1.0, deployment_id,
        )
        self.files[name] = backup
        say(f"{name} is decoded")
        return backup

    def exists(self, file_name: str) -> bool:
        return file_name in self.files

    def delete(self, file_name: str) -> None:
        if file_name in self.failures:
            raise self.failures[file_name]
        self.files.pop(file_name, None)
