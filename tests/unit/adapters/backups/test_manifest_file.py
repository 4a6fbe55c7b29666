"""What may not be read here is not called damaged: that would speak against a backup that may be whole."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from deploy.adapters.backups.folder import BackupFolder
from deploy.adapters.backups.manifest_file import MANIFEST_NAME, read_manifest
from deploy.model.errors import BlockedError
from tests.integration.copies.making import NAME, make_here


def refuse(monkeypatch: pytest.MonkeyPatch, method: str, path: Path, number: int = errno.EACCES) -> None:
    """The system's answer for one path; the tests may run as root, whom no right keeps away."""
    original = getattr(Path, method)

    def answer(self: Path, *args: object, **named: object) -> object:
        if self == path:
            raise OSError(number, os.strerror(number), str(self))
        return original(self, *args, **named)

    monkeypatch.setattr(Path, method, answer)


def test_a_manifest_that_may_not_be_read_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_here(tmp_path, {"database.dump": 10})
    path = tmp_path / NAME / MANIFEST_NAME
    refuse(monkeypatch, "read_text", path)

    with pytest.raises(BlockedError) as caught:
        read_manifest(tmp_path / NAME)

    assert caught.value.reference == "backup-not-readable"
    assert str(path) in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EIO])
def test_a_manifest_that_is_missing_or_lost_is_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    make_here(tmp_path, {"database.dump": 10})
    refuse(monkeypatch, "read_text", tmp_path / NAME / MANIFEST_NAME, number)

    with pytest.raises(BlockedError) as caught:
        read_manifest(tmp_path / NAME)

    assert caught.value.reference == "backup-damaged"


@pytest.mark.parametrize("where", ["", NAME])
def test_a_backup_directory_that_may_not_be_searched_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    make_here(tmp_path, {"database.dump": 10})
    refuse(monkeypatch, "is_dir", tmp_path / where)

    with pytest.raises(BlockedError) as caught:
        BackupFolder(tmp_path).all()

    assert caught.value.reference == "backup-not-readable"
    assert str(tmp_path / where) in caught.value.what
