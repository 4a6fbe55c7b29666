"""The directory of backups: each a directory of its own that appears by one rename, manifest and all."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from deploy.adapters.backups.manifest_file import (
    not_readable,
    read_manifest,
    read_record,
    sync_directory,
    write_manifest,
    write_record,
)
from deploy.model.backups import Backup, BackupRecord, Manifest
from deploy.model.errors import BlockedError, StepFailed

NAME = re.compile(r"backup_[A-Za-z0-9_-]+_\d{8}T\d{6}Z(-\d+)?")
PART_NAME = re.compile(r"\.backup_.*\.(part|going)")


class BackupFolder:
    """All backups of one project.

    Args:
        directory: mode 700, made when needed.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def sweep(self) -> tuple[str, ...]:
        """Remove what killed runs left; returns the names."""
        names = [path.name for path in self._entries() if PART_NAME.fullmatch(path.name)]
        return tuple(name for name in names if _remove_unless_held(self.directory / name))

    def all(self) -> tuple[Backup, ...]:
        """Newest first; directories without a readable manifest are no backups (`damaged` names them)."""
        found = []
        for name in self._names():
            try:
                found.append(self.get(name))
            except BlockedError:
                continue
        return tuple(sorted(found, key=lambda backup: (backup.manifest.started_at, backup.name), reverse=True))

    def damaged(self) -> tuple[str, ...]:
        """Why each of the others is none."""
        problems = []
        for name in self._names():
            try:
                self.get(name)
            except BlockedError as error:
                problems.append(error.what)
        return tuple(problems)

    def get(self, name: str) -> Backup:
        """One backup.

        Raises:
            BlockedError: there is none of this name, or it is damaged; or it may not be read here.
        """
        directory = self.path(name)
        if not _is_directory(directory):
            raise BlockedError(
                f"there is no backup {name}", hint="./scripts/deploy.sh backup list", reference="no-such-backup"
            )
        manifest = read_manifest(directory)
        if manifest.name != name:
            raise BlockedError(
                f"{name} is not a usable backup: its manifest is that of {manifest.name}",
                hint="./scripts/deploy.sh backup list names the others", reference="backup-damaged",
            )
        return Backup(manifest, read_record(directory))

    def path(self, name: str) -> Path:
        """Where it is.

        Raises:
            BlockedError: the name is no backup's.
        """
        if not NAME.fullmatch(name):
            raise BlockedError(
                f"{name!r} is not the name of a backup",
                hint="./scripts/deploy.sh backup list", reference="no-such-backup"
            )
        return self.directory / name

    @contextmanager
    def using(self, name: str) -> Iterator[Path]:
        """Its directory; retention leaves it alone meanwhile."""
        self.get(name)
        path = self.path(name)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield path
        finally:
            os.close(descriptor)

    def record(self, name: str, record: BackupRecord) -> None:
        """Note what was done with it; where that fails, the record is as it was.

        Raises:
            BlockedError: the name is no backup's.
            StepFailed: it cannot be written.
        """
        try:
            write_record(self.path(name), record)
        except OSError as error:
            raise StepFailed(
                f"what was done with {name} could not be recorded in {self.directory}: {error.strerror}",
                hint="check the disk (df -h) and the directory's owner; then run the same command again",
                reference="backup-not-written",
            ) from None

    def delete(self, name: str) -> None:
        """Remove it; missing is fine. It stops being a backup at once, by a rename.

        Raises:
            StepFailed: it cannot be removed.
        """
        path, going = self.path(name), self.directory / f".{name}.going"
        try:
            if path.exists():
                _require_unused(path)
                path.rename(going)
            if going.exists():
                shutil.rmtree(going)
        except OSError as error:
            raise StepFailed(
                f"{name} could not be removed: {error.strerror}", hint="check the directory's owner",
                reference="backup-not-removed",
            ) from None

    @contextmanager
    def new(self, database_name: str, at: datetime) -> Iterator[Path]:
        """A directory to write into; gone afterwards, unless `finish` was called.

        Raises:
            StepFailed: nothing can be written there.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self.directory / f".{self._free_name(database_name, at)}.part"
            descriptor = make_held_directory(part)
        except OSError as error:
            raise StepFailed(
                f"the backup directory {self.directory} cannot be written: {error.strerror}",
                hint="check the disk (df -h) and the directory's owner", reference="backup-not-written",
            ) from None
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)
            os.close(descriptor)

    def finish(self, part: Path, manifest: Manifest) -> Backup:
        """Write the manifest, and make it a backup. Raises OSError."""
        write_manifest(part, manifest)
        part.rename(self.directory / manifest.name)
        sync_directory(self.directory)
        return Backup(manifest)

    def _names(self) -> list[str]:
        return [path.name for path in self._entries() if NAME.fullmatch(path.name) and _is_directory(path)]

    def _entries(self) -> list[Path]:
        """What lies in it, sorted.

        Raises:
            BlockedError: it may not be read here.
        """
        try:
            return sorted(self.directory.iterdir()) if self.directory.is_dir() else []
        except OSError as error:
            raise not_readable(self.directory, error) from None

    def _free_name(self, database_name: str, at: datetime) -> str:
        safe = re.sub(r"[^A-Za-z0-9_-]", "_", database_name)
        stem = f"backup_{safe}_{at:%Y%m%dT%H%M%SZ}"
        name, number = stem, 2
        while (self.directory / name).exists() or (self.directory / f".{name}.part").exists():
            name, number = f"{stem}-{number}", number + 1
        return name


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        raise not_readable(path, error) from None


def make_held_directory(path: Path) -> int:
    """A directory of mode 700 that no sweep removes while its descriptor is open. Raises OSError."""
    while True:
        path.mkdir(mode=0o700)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if path.exists():
            return descriptor
        os.close(descriptor)  # a sweep came between the two


def _remove_unless_held(path: Path) -> bool:
    """Whether it was a dead run's; a living one holds it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _require_unused(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StepFailed(
            f"{path.name} is being read by another command (verify, push or restore)",
            hint="try again when that command has ended",
            reference="backup-in-use",
        ) from None
    finally:
        os.close(descriptor)


def name_of(part: Path) -> str:
    """The backup's name while it is still a part."""
    return part.name.removeprefix(".").removesuffix(".part")

