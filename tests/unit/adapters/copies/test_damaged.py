"""Damage there and damage here are told apart, and only what is known to be this backup is replaced."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.adapters.backups.manifest_file import MANIFEST_NAME
from deploy.adapters.copies import resuming
from deploy.adapters.copies.backup_copies import BackupCopies, CopyOptions
from deploy.adapters.copies.store import SourceError
from deploy.model.errors import StepFailed
from tests.fakes.fake_clock import FakeClock
from tests.integration.copies.making import NAME, flipped, make_here

ARCHIVE, ROLES = "database.dump", "globals.sql"


class Ground:
    """A backup here, and a directory there."""

    def __init__(self, tmp_path: Path) -> None:
        self.here, self.there = tmp_path / "here" / NAME, tmp_path / "there" / NAME
        make_here(self.here.parent, {ARCHIVE: 3000, ROLES: 100})
        self.there.parent.mkdir()
        self.copies = BackupCopies(self.here.parent, CopyOptions(), FakeClock())

    def push(self, *, is_whole: bool = False) -> None:
        target = str(self.there.parent)
        self.copies.push(NAME, target, is_whole=is_whole, say=lambda _: None, is_stop_requested=lambda: False)

    def fails(self, *, is_whole: bool = False) -> StepFailed:
        with pytest.raises(StepFailed) as caught:
            self.push(is_whole=is_whole)
        return caught.value

    def content(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.there.iterdir()}

    @property
    def is_equal(self) -> bool:
        return self.content() == {path.name: path.read_bytes() for path in self.here.iterdir()}


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def damage(path: Path, change: Callable[[bytes], bytes] = flipped) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("change", [flipped, lambda _: b"", lambda content: content[:-9]])
def test_a_damaged_manifest_there_is_sent_again_by_verify(ground: Ground, change: Callable[[bytes], bytes]) -> None:
    ground.push()
    damage(ground.there / MANIFEST_NAME, change)

    assert "--verify" in ground.fails().hint
    ground.push(is_whole=True)

    assert ground.is_equal


def test_with_a_damaged_manifest_there_a_missing_file_is_sent_too(ground: Ground) -> None:
    ground.push()
    damage(ground.there / MANIFEST_NAME)
    (ground.there / ARCHIVE).unlink()

    ground.push(is_whole=True)

    assert ground.is_equal


def test_what_may_be_another_backup_is_not_replaced_and_what_to_remove_is_named(ground: Ground) -> None:
    ground.push()
    damage(ground.there / MANIFEST_NAME)
    damage(ground.there / ARCHIVE)
    before = ground.content()

    error = ground.fails(is_whole=True)

    assert error.reference == "copy-damaged"
    assert f"{NAME}/ at {ground.there.parent}" in error.hint
    assert ground.content() == before


def test_a_damaged_file_here_is_not_called_a_damaged_copy(ground: Ground) -> None:
    damage(ground.here / ROLES)

    error = ground.fails()

    assert error.reference == "copy-not-sent"
    assert str(ground.here / ROLES) in error.what
    assert MANIFEST_NAME not in ground.content()


def test_a_file_that_may_not_be_read_here_is_not_called_damaged(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> object:
        raise resuming.source_unreadable(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))

    monkeypatch.setattr(resuming, "open_source", refuse)
    error = ground.fails()

    assert error.reference == "copy-not-sent"
    assert "owner" in error.hint


@pytest.mark.parametrize(("number", "is_damage"), [(errno.EACCES, False), (errno.EMFILE, False), (errno.EIO, True)])
def test_only_what_is_gone_is_damage(tmp_path: Path, number: int, is_damage: bool) -> None:
    error = resuming.source_unreadable(tmp_path, OSError(number, os.strerror(number)))
    assert isinstance(error, SourceError)
    assert error.is_damage is is_damage


def test_a_file_that_is_damaged_at_both_ends_is_left_as_it_is_there(ground: Ground) -> None:
    ground.push()
    damage(ground.there / ARCHIVE)
    damage(ground.here / ARCHIVE)
    before = ground.content()

    assert ground.fails(is_whole=True).reference == "copy-not-sent"
    assert ground.content() == before
