"""A copy that fails is recorded and said; the deployment goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.model.backup_copies import local_only
from deploy.model.backups import Backup, Copy, Occasion
from deploy.model.errors import InterruptedByOperator, LockedError, StepFailed, UsageError
from deploy.steps.copy_backup import CopyBackup, copy_to
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld

NEAR, FAR = "/mnt/backups", "s3://bucket/prefix"
LOST = StepFailed(f"backup: {FAR} could not be reached", hint="later", reference="copy-not-reached")
DAMAGED = StepFailed("what arrived is not what was sent", reference="copy-damaged")
NOT_SENT = StepFailed(f"backup: not sent to {FAR}: it is damaged here", reference="copy-not-sent")


def _world() -> tuple[FakeWorld, CopyBackup, Backup]:
    fake = FakeWorld("r1")
    backup = make_backup(occasion=Occasion("ann", "host", DEPLOYMENT_ID))
    fake.backups.kept[backup.name] = backup
    return fake, CopyBackup(says="", targets=(NEAR, FAR)), backup


def _record(fake: FakeWorld, backup: Backup) -> tuple[set[str], set[str]]:
    record = fake.backups.get(backup.name).record
    return {copy.target for copy in record.copies}, set(record.copy_problems)


def _copy_to(fake: FakeWorld, backup: Backup, target: str) -> None:
    copy_to(
        fake.backups, fake.copies, backup.name, target, say=lambda _: None, is_stop_requested=fake.stop.is_requested
    )


def test_every_target_gets_its_copy_once() -> None:
    fake, step, backup = _world()
    assert not step.is_done(fake.context)
    step.run(fake.context)
    assert step.is_done(fake.context)
    assert _record(fake, backup) == ({NEAR, FAR}, set())
    assert backup.name in fake.copies.kept[NEAR]
    assert backup.name in fake.copies.kept[FAR]


def test_a_record_that_cannot_be_written_is_told_and_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fake, step, backup = _world()
    full = StepFailed("it could not be recorded: No space left on device", reference="backup-not-written")

    def refuse(*_: object) -> None:
        raise full

    monkeypatch.setattr(fake.backups, "record", refuse)
    said = step.run(fake.context)
    assert full.what in said
    assert [line for line in fake.reporter.warned if full.what in line and "local only" not in line]
    assert _record(fake, backup) == (set(), set())


def test_a_target_that_fails_leaves_it_local_only_and_fails_nothing() -> None:
    fake, step, backup = _world()
    fake.copies.failures[FAR] = LOST
    step.run(fake.context)
    assert _record(fake, backup) == ({NEAR}, {FAR})
    assert fake.backups.get(backup.name).is_local_only
    assert len(fake.reporter.warned) == 1
    del fake.copies.failures[FAR]
    assert not step.is_done(fake.context)
    step.run(fake.context)
    assert _record(fake, backup) == ({NEAR, FAR}, set())
    assert not fake.backups.get(backup.name).is_local_only


@pytest.mark.parametrize("error", [
    LockedError("another push", reference="copy-under-way"), UsageError("no target", reference="bad-copy-target"),
])
def test_nothing_but_a_stop_ends_the_deployment(error: Exception) -> None:
    fake, step, _backup = _world()
    fake.copies.failures[FAR] = error  # type: ignore[assignment]
    step.run(fake.context)
    assert fake.reporter.warned


def test_a_stop_ends_the_step_and_the_record_says_that_it_has_not_ended() -> None:
    fake, step, backup = _world()
    fake.stop.is_asked = True
    with pytest.raises(InterruptedByOperator):
        step.run(fake.context)
    assert _record(fake, backup) == (set(), {NEAR})


def test_while_a_copy_is_under_way_the_record_says_so() -> None:
    fake, _step, backup = _world()
    seen = []
    fake.copies.during_push = lambda: seen.append(_record(fake, backup))
    _copy_to(fake, backup, FAR)
    assert seen == [(set(), {FAR})]
    assert _record(fake, backup) == ({FAR}, set())


def test_what_others_record_meanwhile_is_kept() -> None:
    fake, _step, backup = _world()

    def keep() -> None:
        fake.backups.record(backup.name, replace(fake.backups.get(backup.name).record, is_kept=True))

    fake.copies.during_push = keep
    _copy_to(fake, backup, FAR)
    assert fake.backups.get(backup.name).record.is_kept


def test_a_copy_that_was_found_damaged_is_no_copy_any_more() -> None:
    fake, _step, backup = _world()
    _copy_to(fake, backup, FAR)
    fake.copies.failures[FAR] = DAMAGED
    with pytest.raises(StepFailed):
        _copy_to(fake, backup, FAR)
    assert _record(fake, backup) == (set(), {FAR})


def test_a_damaged_file_here_is_not_called_a_damaged_copy_and_what_is_not_there_is_not_recorded() -> None:
    fake, _step, backup = _world()
    _copy_to(fake, backup, FAR)
    fake.copies.failures[FAR] = NOT_SENT
    with pytest.raises(StepFailed):
        _copy_to(fake, backup, FAR)
    assert _record(fake, backup) == (set(), {FAR}), "the target was found without a whole copy before the file was read"


def test_a_copy_that_could_not_be_reached_again_is_still_recorded() -> None:
    fake, _step, backup = _world()
    _copy_to(fake, backup, FAR)
    fake.copies.failures[FAR] = LOST
    with pytest.raises(StepFailed):
        _copy_to(fake, backup, FAR)
    assert _record(fake, backup) == ({FAR}, {FAR})
    assert fake.backups.get(backup.name).is_local_only, "nobody knows whether it is still there"


def test_a_target_that_cannot_be_read_is_not_recorded() -> None:
    fake, _step, backup = _world()
    with pytest.raises(UsageError):
        _copy_to(fake, backup, "garbage")
    assert _record(fake, backup) == (set(), set())


def test_without_a_backup_of_this_deployment_nothing_is_copied() -> None:
    fake, step, backup = _world()
    fake.backups.kept[backup.name] = make_backup()
    step.run(fake.context)
    assert fake.copies.kept == {}


def test_what_is_not_everywhere_is_said_until_it_is() -> None:
    fake, step, backup = _world()
    assert local_only(None, [NEAR]) == ""
    assert local_only(backup, []) == ""
    assert "local only" in local_only(backup, [NEAR, FAR])
    fake.copies.failures[FAR] = LOST
    step.run(fake.context)
    says = local_only(fake.backups.get(backup.name), [NEAR, FAR])
    assert FAR in says
    assert f"{NEAR}:" not in says
    fake.copies.failures.clear()
    step.run(fake.context)
    assert local_only(fake.backups.get(backup.name), [NEAR, FAR]) == ""


def test_undo_keeps_the_copies() -> None:
    fake, step, backup = _world()
    assert step.undo(fake.context).is_undone
    step.run(fake.context)
    assert step.undo(fake.context).is_undone
    assert backup.name in fake.copies.kept[FAR]
    assert fake.backups.get(backup.name).record.copies == tuple(
        Copy(target, fake.clock.now(), 1000) for target in (NEAR, FAR)
    )
