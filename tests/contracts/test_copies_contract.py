"""What commands and steps rely on, on the fake and on the real copies in a directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.adapters.backups.folder import BackupFolder
from deploy.adapters.clock import SystemClock
from deploy.adapters.copies.backup_copies import BackupCopies, CopyOptions
from deploy.model.doors import Copies
from deploy.model.errors import BlockedError, DeployError, InterruptedByOperator, StepFailed, UsageError
from tests.fakes.fake_copies import FakeCopies
from tests.fakes.fake_database import FakeBackups, make_backup
from tests.integration.copies.making import NAME, make_here


@dataclass
class Ground:
    """Copies, a target, and the means to lose the backup here."""

    copies: Copies
    target: str
    lose: Callable[[], None]

    def push(self, *, is_stopped: bool = False, is_whole: bool = False) -> None:
        copy = self.copies.push(
            NAME, self.target, is_whole=is_whole, say=lambda _: None, is_stop_requested=lambda: is_stopped
        )
        assert copy.target == self.target
        assert copy.size_bytes == 1000

    def pull(self, name: str = NAME) -> str:
        return self.copies.pull(name, self.target, say=lambda _: None, is_stop_requested=lambda: False).name


@pytest.fixture(params=["fake", "real"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    target = str(tmp_path / "there")
    if request.param == "fake":
        backups = FakeBackups()
        backups.kept[NAME] = make_backup(NAME)
        return Ground(FakeCopies(backups, None, target), target, lambda: backups.delete(NAME))
    (tmp_path / "there").mkdir()
    make_here(tmp_path / "here", {"database.dump": 1000})
    copies = BackupCopies(tmp_path / "here", CopyOptions((target,)), SystemClock())
    return Ground(copies, target, lambda: BackupFolder(tmp_path / "here").delete(NAME))


def reference_of(call: Callable[[], object]) -> tuple[type[DeployError], str]:
    with pytest.raises(DeployError) as caught:
        call()
    return type(caught.value), caught.value.reference


def test_the_targets_are_those_of_the_settings(ground: Ground) -> None:
    assert ground.copies.targets() == (ground.target,)


def test_what_was_pushed_is_listed_and_pulled(ground: Ground) -> None:
    assert ground.copies.list(ground.target) == ((), ())
    ground.push()
    ground.push(is_whole=True)
    (copy,), damaged = ground.copies.list(ground.target)
    assert (copy.name, damaged) == (NAME, ())
    ground.lose()
    assert ground.pull() == NAME


def test_a_backup_that_is_here_is_not_pulled(ground: Ground) -> None:
    ground.push()
    assert reference_of(ground.pull) == (BlockedError, "backup-is-here")


def test_a_copy_that_is_not_there_is_not_pulled(ground: Ground) -> None:
    ground.lose()
    assert reference_of(ground.pull) == (BlockedError, "no-such-copy")


def test_a_backup_that_is_not_here_is_not_pushed(ground: Ground) -> None:
    ground.lose()
    assert reference_of(ground.push) == (BlockedError, "no-such-backup")


def test_a_stop_ends_a_push(ground: Ground) -> None:
    assert reference_of(lambda: ground.push(is_stopped=True)) == (InterruptedByOperator, "interrupted")
    assert ground.copies.list(ground.target)[0] == ()


def test_a_deleted_copy_is_gone_and_deleting_twice_is_fine(ground: Ground) -> None:
    ground.push()
    for _ in range(2):
        ground.copies.delete(NAME, ground.target)
    assert ground.copies.list(ground.target)[0] == ()


def test_what_is_no_target_is_a_mistake_of_usage(ground: Ground) -> None:
    for call in (
        lambda: ground.copies.list("garbage"),
        lambda: ground.copies.delete(NAME, "garbage"),
        lambda: ground.copies.push(
            NAME, "garbage", is_whole=False, say=lambda _: None, is_stop_requested=lambda: False
        ),
    ):
        assert reference_of(call) == (UsageError, "bad-copy-target")


def test_another_backup_of_the_same_name_is_damage(ground: Ground, tmp_path: Path) -> None:
    ground.push()
    ground.lose()
    if isinstance(ground.copies, FakeCopies):
        ground.copies._backups.kept[NAME] = make_backup(NAME, revision_ids=("other",))
    else:
        make_here(tmp_path / "here", {"database.dump": 999})
    assert reference_of(ground.push) == (StepFailed, "copy-damaged")
