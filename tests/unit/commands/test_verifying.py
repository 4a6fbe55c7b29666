"""A verification is kept in the backup's record, the bad ones too; what could not be tried is no result."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from deploy.commands.verifying import newest, verify
from deploy.model.backups import BackupRecord, Copy, RestoredAside
from deploy.model.errors import EXIT_DONE, BlockedError, DeployError, InterruptedByOperator, StepFailed
from tests.fakes.fake_database import FIRST_DAY, FakeBackups, make_backup
from tests.fakes.fake_world import FakeReporter

NAME = "backup_shop_20260102T030405Z"


class RefusingBackups(FakeBackups):
    """Restores nothing, for the given reason."""

    def __init__(self, error: DeployError) -> None:
        super().__init__()
        self.error = error

    def restore_aside(self, name, *, say, is_stop_requested):
        raise self.error


def holding(backups: FakeBackups, record: BackupRecord | None = None) -> FakeBackups:
    backups.kept[NAME] = make_backup(NAME, record=record or BackupRecord())
    return backups


def test_an_equal_one_is_verified_and_its_time_is_kept():
    backups = holding(FakeBackups())

    assert verify(backups, NAME, FakeReporter()).is_verified

    kept = backups.get(NAME).record.verification
    assert kept is not None
    assert (kept.is_good, kept.restore_seconds, kept.server) == (True, 2.0, "fake 15")


def test_one_that_differs_is_kept_as_bad():
    backups = holding(FakeBackups())
    content = backups.get(NAME).manifest.content
    backups.restored[NAME] = RestoredAside(replace(content, revision_ids=()), "fake 15", 2.0)

    assert not verify(backups, NAME, FakeReporter()).is_verified

    kept = backups.get(NAME).record.verification
    assert kept is not None
    assert len(kept.problems) == 1


@pytest.mark.parametrize(
    "error",
    [
        StepFailed("a row that its table refuses", reference="backup-does-not-restore"),
        BlockedError("a flipped byte", hint="", reference="backup-damaged"),
    ],
)
def test_one_that_does_not_restore_is_kept_as_bad(error):
    backups = holding(RefusingBackups(error))

    assert not verify(backups, NAME, FakeReporter()).is_verified

    kept = backups.get(NAME).record.verification
    assert kept is not None
    assert kept.problems == (error.what,)


@pytest.mark.parametrize(
    "error",
    [
        *(
            BlockedError("not now", hint="repair it", reference=reference)
            for reference in (
                "backup-key-missing", "backup-key-wrong", "no-scratch-server", "no-room-to-restore",
                "backup-not-tried", "backup-not-readable",
            )
        ),
        *(StepFailed("not now", reference=reference) for reference in ("restore-failed", "backup-not-decrypted")),
        InterruptedByOperator("stopped", reference="interrupted"),
    ],
    ids=lambda error: error.reference,
)
def test_what_could_not_be_tried_leaves_the_record_as_it_was_and_says_so(error):
    backups = holding(RefusingBackups(error))
    before = backups.get(NAME)

    with pytest.raises(type(error)) as caught:
        verify(backups, NAME, FakeReporter())

    assert backups.get(NAME) == before
    assert f"nothing was recorded about {NAME}" in caught.value.hint
    assert caught.value.exit_code != EXIT_DONE


def test_a_copy_that_was_noted_meanwhile_stays_noted():
    backups = holding(FakeBackups())
    copied = BackupRecord(copies=(Copy("s3://b", FIRST_DAY, 1000),), is_kept=True)

    def push_meanwhile(line: str) -> None:
        backups.record(NAME, copied)

    class Restoring(FakeBackups):
        def restore_aside(self, name, *, say, is_stop_requested):
            push_meanwhile(name)
            return super().restore_aside(name, say=say, is_stop_requested=is_stop_requested)

    slow = Restoring()
    slow.kept = backups.kept
    verify(slow, NAME, FakeReporter())

    kept = backups.get(NAME).record
    assert (kept.copies, kept.is_kept, kept.verification is not None) == (copied.copies, True, True)


def test_the_newest_is_the_one_that_was_begun_last():
    backups = FakeBackups()
    for days in (3, 9, 1):
        name = f"backup_shop_2026010{days}T030405Z"
        backups.kept[name] = make_backup(name, started_at=FIRST_DAY + timedelta(days=days))

    assert newest(backups, FakeReporter()) == "backup_shop_20260109T030405Z"


def test_a_newer_one_that_is_damaged_is_not_passed_over_in_silence():
    class Damaged(FakeBackups):
        def damaged(self):
            return ("backup_shop_20260110T030405Z is not a usable backup",)

    reporter = FakeReporter()

    newest(holding(Damaged()), reporter)

    assert any("20260110" in line for line in reporter.warned)


def test_without_a_backup_there_is_nothing_to_verify():
    with pytest.raises(BlockedError) as caught:
        newest(FakeBackups(), FakeReporter())
    assert caught.value.reference == "no-such-backup"
