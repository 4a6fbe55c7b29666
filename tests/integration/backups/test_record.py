"""What was done with a backup is recorded, or an error says that it was not; the record before stays whole."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.adapters.backups.manifest_file import write_manifest
from deploy.adapters.backups.pg_backups import BackupOptions, PgBackups
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.commands.verifying import verify
from deploy.model.backups import BackupRecord, RestoredAside
from deploy.model.errors import StepFailed
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_world import FakeReporter
from tests.integration.backups.disks import small_disk

NAME = "backup_shop_20260102T030405Z"
BEFORE = BackupRecord(is_kept=True)


class RestoredBackups(PgBackups):
    """Real, but for the server: every backup restores, and is equal."""

    def restore_aside(self, name, *, say, is_stop_requested):
        return RestoredAside(self.get(name).manifest.content, "PostgreSQL 15.18 (host)", 1.0)


def fill(place: Path) -> None:
    """Until not one more byte gets in."""
    with suppress(OSError), (place / "others").open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass


def make_read_only(place: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "1m"):
        yield tmp_path / "disk"


@pytest.fixture
def backups(place: Path) -> PgBackups:
    (place / NAME).mkdir(parents=True)
    write_manifest(place / NAME, make_backup(NAME).manifest)
    made = RestoredBackups(place, DatabaseAddress("127.0.0.1", 1, "ann", "shop"), tuple, BackupOptions())
    made.record(NAME, BEFORE)
    return made


@pytest.mark.parametrize(("harm", "why"), [(fill, "No space left"), (make_read_only, "Read-only")])
def test_a_record_that_cannot_be_written_is_told_and_the_one_before_stays(
    backups: PgBackups, place: Path, harm: Callable[[Path], None], why: str
) -> None:
    harm(place)
    before = sorted((place / NAME).iterdir())

    for act in (
        lambda: backups.record(NAME, BackupRecord()), lambda: verify(backups, NAME, FakeReporter()),
    ):
        with pytest.raises(StepFailed) as caught:
            act()
        assert caught.value.reference == "backup-not-written"
        assert why in caught.value.what
        assert "the same command again" in caught.value.hint
        assert backups.get(NAME).record == BEFORE
        assert sorted((place / NAME).iterdir()) == before


def test_a_directory_that_is_gone_is_told(backups: PgBackups, place: Path) -> None:
    (place / NAME).rename(place / "elsewhere")

    with pytest.raises(StepFailed) as caught:
        backups.record(NAME, BackupRecord())

    assert caught.value.reference == "backup-not-written"
