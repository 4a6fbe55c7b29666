"""A database and a backup directory, as the test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.model.backups import (
    Activity,
    Backup,
    BackupFile,
    BackupRecord,
    DatabaseContent,
    DatabaseProperties,
    ExternalBackup,
    Manifest,
    Occasion,
    RestoredAside,
    TableContent,
)
from deploy.model.database import DatabaseState
from deploy.model.errors import BlockedError, DeployError, InterruptedByOperator, LockedError, StepFailed
from deploy.model.schema_objects import SchemaLook, SchemaObject
from tests.fakes.fake_clock import FakeClock

BY_ANN = Occasion("ann", "host")
NOTHING_DONE = BackupRecord()
FIRST_DAY = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class FakeDatabase:
    """doors.Database. `change` sets fields of the state; `failure` is raised by the next looks."""

    def __init__(self, *revision_ids: str) -> None:
        self.state = DatabaseState(
            "shop", "15.18", 15, False, revision_ids, ("public.orders",), 10_000_000, 3, 97, (), ()
        )
        self.objects: dict[str, SchemaObject] = {"table orders": SchemaObject("table orders", "", "", "", "")}
        self.built: tuple[str, ...] = ()
        self.next_transaction = 100
        self.failure: DeployError | None = None
        self.schema_failure: DeployError | None = None
        self.lock_holder = ""
        self.migration_holder = ""
        self.is_locked = False
        self.is_closed = False
        self.blocker_lines: tuple[str, ...] = ()
        self.marked_environment = ""

    def change(self, **fields: Any) -> None:
        self.state = replace(self.state, **fields)

    def observe(self) -> DatabaseState:
        if self.failure:
            raise self.failure
        return self.state

    def look_at_schema(self) -> SchemaLook:
        if failure := self.failure or self.schema_failure:
            raise failure
        return SchemaLook(tuple(self.objects.values()), self.next_transaction)

    def indexes_being_built(self) -> tuple[str, ...]:
        return self.built

    def remove_leftover(self, name: str) -> None:
        self.objects.pop(name, None)

    def committed_since(self, next_transaction: int) -> int | None:
        if self.failure:
            raise self.failure
        return self.next_transaction - next_transaction

    def add_object(self, name: str, holder: str = "table orders", condition: str = "", removal: str = "") -> None:
        """A transaction that committed an object."""
        self.objects[name] = SchemaObject(name, holder, condition, "", removal)
        self.next_transaction += 1

    def take_deployment_lock(self) -> None:
        if self.lock_holder:
            raise LockedError(f"{self.lock_holder} holds the lock", hint="wait", reference="deployment-locked")
        self.is_locked = True

    def keep_deployment_lock(self) -> None:
        if self.is_locked:
            self.take_deployment_lock()

    def require_no_migration(self) -> None:
        if self.migration_holder:
            raise LockedError(f"{self.migration_holder} migrates", hint="wait", reference="migration-running")

    def release_deployment_lock(self) -> None:
        self.is_locked = False

    def mark_environment(self, environment_name: str) -> None:
        if self.failure:
            raise self.failure
        self.marked_environment = environment_name

    def blockers(self) -> tuple[str, ...]:
        return self.blocker_lines

    def close(self) -> None:
        self.is_locked, self.is_closed = False, True


class FakeBackups:
    """doors.Backups. `kept` is the directory; `failures` by name are raised by `delete`."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self._clock = clock or FakeClock()
        self.kept: dict[str, Backup] = {}
        self.partial_files: tuple[str, ...] = ()
        self.failures: dict[str, DeployError] = {}
        self.create_failure: DeployError | None = None
        self.majors = {15}
        self.tables_of_live: Callable[[], tuple[TableContent, ...]] = tuple
        self.restored: dict[str, RestoredAside] = {}
        self.external: ExternalBackup | DeployError = StepFailed("no service", reference="external-backup-failed")

    def sweep_partial_files(self) -> tuple[str, ...]:
        swept, self.partial_files = self.partial_files, ()
        return swept

    def client(self, server_major: int) -> str:
        if server_major not in self.majors:
            raise BlockedError(f"no pg_dump {server_major}", hint="install it", reference="no-pg-dump-of-this-major")
        return f"fake {server_major}"

    def import_dump(
        self, path: Path, occasion: Occasion, *, has_owner: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        if not path.exists():
            raise BlockedError(f"{path} cannot be read", hint="backup list", reference="no-such-backup")
        if b"\0" in path.read_bytes():
            raise BlockedError(f"{path} is no dump", hint="a .sql file", reference="not-a-dump")
        name = f"backup_shop_20260101T000000Z-{len(self.kept) + 2}"
        made = make_backup(name, occasion=occasion)
        warnings = ("it has no manifest", *(() if has_owner else ("owners are left out",)))
        manifest = replace(made.manifest, server_id=None, warnings=warnings)
        self.kept[name] = Backup(manifest, replace(made.record, is_kept=True))
        say(f"{name} is made of {path.name}")
        return self.kept[name]

    def create(
        self, database: DatabaseState, occasion: Occasion, *, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        if self.create_failure:
            raise self.create_failure
        if is_stop_requested():
            raise InterruptedByOperator("stopped during the backup", reference="interrupted")
        now = self._clock.now()
        name = f"backup_{database.database_name}_{now:%Y%m%dT%H%M%SZ}-{len(self.kept) + 2}"
        backup = make_backup(
            name, started_at=now, database_name=database.database_name, revision_ids=database.revision_ids,
            occasion=occasion, **({"tables": tables} if (tables := self.tables_of_live()) else {}),
        )
        self.kept[name] = backup
        say(f"{name} is decoded")
        return backup

    def all(self) -> tuple[Backup, ...]:
        return tuple(sorted(self.kept.values(), key=lambda b: (b.manifest.started_at, b.name), reverse=True))

    def damaged(self) -> tuple[str, ...]:
        return ()

    def get(self, name: str) -> Backup:
        if name not in self.kept:
            raise BlockedError(f"there is no backup {name}", hint="backup list", reference="no-such-backup")
        return self.kept[name]

    def record(self, name: str, record: BackupRecord) -> None:
        self.kept[name] = replace(self.get(name), record=record)

    def restore_aside(
        self, name: str, *, say: Callable[[str], None], is_stop_requested: Callable[[], bool]
    ) -> RestoredAside:
        return self.restored.get(name) or RestoredAside(self.get(name).manifest.content, "fake 15", 2.0)

    def ask_external(self, *, is_stop_requested: Callable[[], bool]) -> ExternalBackup:
        if isinstance(self.external, DeployError):
            raise self.external
        return self.external

    def delete(self, name: str) -> None:
        if name in self.failures:
            raise self.failures[name]
        self.kept.pop(name, None)


def make_backup(
    name: str = "backup_shop_20260102T030405Z", *, started_at: datetime = FIRST_DAY, database_name: str = "shop",
    revision_ids: tuple[str, ...] = ("r1",), occasion: Occasion = BY_ANN,
    record: BackupRecord = NOTHING_DONE, tables: tuple[TableContent, ...] = (TableContent("public.orders", 3, "7"),),
) -> Backup:
    """A backup as the adapter would have written it."""
    content = DatabaseContent(revision_ids, tables, (), (), 0, (), (), ())
    properties = DatabaseProperties("ann", "UTF8", "c", "C", "C", None, -1, ())
    manifest = Manifest(
        name=name, database_name=database_name, database_bytes=10_000_000, server_version="15.18", server_major=15,
        server_id="1", client="fake 15", archive_format="custom", compression="1", recipients=(),
        files=(BackupFile("database.dump", 1000, "0" * 64, "0" * 64),), content=content, properties=properties,
        role_names=("ann",), activity=Activity(0, 0, None), occasion=occasion, started_at=started_at,
        ended_at=started_at + timedelta(seconds=1),
    )
    return Backup(manifest, record)
