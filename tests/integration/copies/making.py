"""Backups that look as the real ones do, of bytes that no compression makes smaller."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from deploy.adapters.backups.folder import BackupFolder
from deploy.adapters.backups.manifest_file import write_manifest
from deploy.model.backups import Backup, BackupFile, Occasion
from tests.fakes.fake_database import BY_ANN, make_backup

AT = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)
NAME = "backup_shop_20261120T030405Z"
MEGABYTE = 1 << 20


def make_here(
    directory: Path, sizes: Mapping[str, int], name: str = NAME, at: datetime = AT,
    occasion: Occasion = BY_ANN,
) -> Backup:
    """A finished backup in the backup directory; file name → bytes."""
    home, files = directory / name, []
    home.mkdir(parents=True, mode=0o700)
    for number, (file_name, size) in enumerate(sizes.items()):
        content = random.Random(f"{name}{number}").randbytes(size)  # noqa: S311
        (home / file_name).parent.mkdir(exist_ok=True)
        (home / file_name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(BackupFile(file_name, size, digest, digest))
    shape = make_backup(name, started_at=at, occasion=occasion).manifest
    write_manifest(home, replace(shape, files=tuple(files)))
    return BackupFolder(directory).get(name)


def flipped(content: bytes) -> bytes:
    """One bit in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
