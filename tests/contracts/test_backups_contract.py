"""One suite for the backups in memory and for the real ones on a real server and a real directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.adapters.backups.external import ExternalCommand
from deploy.adapters.backups.pg_backups import BackupOptions, PgBackups
from deploy.adapters.scratch.server import scratch_server
from deploy.model.backups import BackupRecord, Copy, ExternalBackup, Occasion, Verification
from deploy.model.database import DatabaseState
from deploy.model.doors import Backups
from deploy.model.errors import BlockedError, InterruptedByOperator, StepFailed
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_database import FakeBackups, FakeDatabase
from tests.integration.backups.conftest import QUIET
from tests.integration.backups.site import Site, never, silent
from tests.integration.check.conftest import binaries_of

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Place:
    """Backups, the database that they are of, and what only this side can arrange.

    Attributes:
        leave_remains: what a killed run leaves.
        configure_external: the service answers with this backup; it fails for None.
    """

    backups: Backups
    database: DatabaseState
    leave_remains: Callable[[], None]
    configure_external: Callable[[ExternalBackup | None], Backups]

    def create(self, deployment_id: str | None = None):
        return self.backups.create(
            self.database, Occasion("ann", "host", deployment_id, "sha256:1", 3), say=silent, is_stop_requested=never
        )


@pytest.fixture(scope="module")
def server() -> Iterator[object]:
    with scratch_server(binaries_of(15), settings=QUIET) as running:
        yield running


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "fake":
        yield _fake()
        return
    with Site.on(request.getfixturevalue("server"), tmp_path / "backups") as site:
        site.run("CREATE TABLE orders (n int)", "INSERT INTO orders VALUES (1), (2), (3)")
        yield _real(site, tmp_path)


def _fake() -> Place:
    backups = FakeBackups(FakeClock())

    def leave_remains() -> None:
        backups.partial_files = (".backup_shop_20260102T030405Z.part",)

    def configure(answer: ExternalBackup | None) -> Backups:
        backups.external = answer or StepFailed("it failed", reference="external-backup-failed")
        return backups

    return Place(backups, FakeDatabase("r1").state, leave_remains, configure)


def _real(site: Site, tmp_path: Path) -> Place:
    def leave_remains() -> None:
        part = site.directory / ".backup_shop_20260102T030405Z.part"
        part.mkdir(parents=True)
        (part / "database.dump").write_bytes(b"PGDMP")

    def configure(answer: ExternalBackup | None) -> Backups:
        line = f'{{"name": "{answer.name}", "finished_at": "{answer.finished_at.isoformat()}"}}' if answer else ""
        service = tmp_path / "service"
        service.write_text(f"#!/bin/sh\necho '{line}'\n")
        service.chmod(0o700)
        site.options = BackupOptions(external=ExternalCommand(str(service), 20))
        return site.backups

    backups: PgBackups = site.backups
    return Place(backups, site.state(), leave_remains, configure)


def test_what_was_created_is_listed_and_can_be_got(place):
    backup = place.create("d0001")

    assert place.backups.all() == (backup,)
    assert place.backups.get(backup.name) == backup
    assert place.backups.damaged() == ()
    assert backup.manifest.occasion == Occasion("ann", "host", "d0001", "sha256:1", 3)
    assert (backup.is_verified, backup.is_local_only) == (False, True)


def test_several_are_listed_newest_first(place):
    names = [place.create().name for _ in range(3)]

    assert len(set(names)) == 3
    assert [backup.name for backup in place.backups.all()] == names[::-1]


def test_a_record_is_kept_and_changes_nothing_else(place):
    backup = place.create()
    record = BackupRecord(
        Verification(AT, "PostgreSQL 15.18 (host)", 2.5, ("a problem",)), (Copy("s3://b/p", AT, 1000),),
        {"sftp://h/p": "refused"}, is_kept=True,
    )

    place.backups.record(backup.name, record)

    assert place.backups.get(backup.name) == replace(backup, record=record)
    assert place.backups.all() == (replace(backup, record=record),)


def test_it_comes_back_aside_as_it_was(place):
    backup = place.create()

    restored = place.backups.restore_aside(backup.name, say=silent, is_stop_requested=never)

    assert restored.content.tables == backup.manifest.content.tables
    assert restored.restore_seconds > 0
    assert "15" in restored.server


def test_a_deleted_one_is_gone_and_may_be_deleted_again(place):
    gone, kept = place.create(), place.create()

    place.backups.delete(gone.name)
    place.backups.delete(gone.name)

    assert [backup.name for backup in place.backups.all()] == [kept.name]
    with pytest.raises(BlockedError) as caught:
        place.backups.get(gone.name)
    assert caught.value.reference == "no-such-backup"


@pytest.mark.parametrize("act", ["get", "restore_aside"])
def test_one_that_is_not_there_is_told(place, act):
    words = {} if act == "get" else {"say": silent, "is_stop_requested": never}
    with pytest.raises(BlockedError) as caught:
        getattr(place.backups, act)("backup_shop_20200101T000000Z", **words)
    assert caught.value.reference == "no-such-backup"


def test_remains_are_swept_once_and_are_no_backup(place):
    backup = place.create()
    place.leave_remains()

    assert place.backups.all() == (backup,)
    assert len(place.backups.sweep_partial_files()) == 1
    assert place.backups.sweep_partial_files() == ()
    assert place.backups.all() == (backup,)


def test_a_stop_leaves_nothing(place):
    with pytest.raises(InterruptedByOperator):
        place.backups.create(place.database, Occasion("ann", "host"), say=silent, is_stop_requested=lambda: True)
    assert place.backups.all() == ()


def test_a_client_is_of_the_servers_major_or_refused(place):
    assert "15" in place.backups.client(15)
    with pytest.raises(BlockedError) as caught:
        place.backups.client(99)
    assert caught.value.reference == "no-pg-dump-of-this-major"


def test_the_external_service_answers_or_fails(place):
    answer = ExternalBackup("full-7", AT)
    assert place.configure_external(answer).ask_external(is_stop_requested=never) == answer
    with pytest.raises(StepFailed) as caught:
        place.configure_external(None).ask_external(is_stop_requested=never)
    assert caught.value.reference == "external-backup-failed"


def test_a_dump_of_another_origin_becomes_a_backup_that_is_kept_and_says_what_is_not_proven(
    place: Place, tmp_path: Path
) -> None:
    script = tmp_path / "yesterday.sql"
    script.write_text("CREATE TABLE public.users (id int);\nCOPY public.users (id) FROM stdin;\n1\n2\n\\.\n")
    made = place.backups.import_dump(
        script, Occasion("ann", "host"), has_owner=False, say=silent, is_stop_requested=never
    )
    assert place.backups.get(made.name) == made
    assert made.record.is_kept, "its age is the dump's"
    assert made.manifest.server_id is None
    assert any("no manifest" in warning for warning in made.manifest.warnings)
    assert any("owners" in warning for warning in made.manifest.warnings)


def test_what_is_no_dump_is_refused_and_nothing_is_left(place: Place, tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"\0\1\2")
    for name, reference in (("noise", "not-a-dump"), ("missing.sql", "no-such-backup")):
        with pytest.raises(BlockedError) as caught:
            place.backups.import_dump(
                tmp_path / name, Occasion("ann", "host"), has_owner=True, say=silent, is_stop_requested=never
            )
        assert caught.value.reference == reference
    assert place.backups.all() == ()
