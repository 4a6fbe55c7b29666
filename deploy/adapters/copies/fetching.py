"""Files of a copy, each checked against the manifest as it comes in."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from deploy.adapters.backups.folder import make_held_directory
from deploy.adapters.backups.manifest_file import MANIFEST_NAME, RECORD_NAME, read_manifest, read_record
from deploy.adapters.backups.streams import write_stream
from deploy.adapters.copies.store import DamagedError, DamagedManifestError, MissingError, Pace, Store
from deploy.model.backups import Backup, BackupFile, BackupRecord, Manifest
from deploy.model.errors import BlockedError, StepFailed

MOST_MANIFEST_BYTES = 64 << 20


def remote_manifest(store: Store, name: str) -> Manifest:
    """The manifest of a copy. Raises MissingError.

    Raises:
        DamagedManifestError: it cannot be used.
        DamagedError: it belongs to another backup.
    """
    with _as_file(store, name, MANIFEST_NAME) as directory:
        manifest = read_manifest(directory)
    if manifest.name != name:
        raise DamagedError(f"its manifest is that of {manifest.name}")
    for file in manifest.files:
        _check_name(file.name)
    return manifest


def parse_copy(store: Store, name: str) -> Backup:
    """A copy, with what was known of it when it was sent. Raises MissingError, DamagedError."""
    manifest = remote_manifest(store, name)
    try:
        with _as_file(store, name, RECORD_NAME) as directory:
            return Backup(manifest, read_record(directory))
    except MissingError:
        return Backup(manifest, BackupRecord())


def fetch_file(store: Store, name: str, file: BackupFile, part: Path | None, pace: Pace) -> None:
    """Read it whole, and check it.

    Args:
        part: write it below this directory; None: only check it.

    Raises:
        DamagedError: it is not what the manifest says.
        StepFailed: it cannot be written here.
    """
    try:
        chunks = _chunks(store, name, file, pace)
        if part is None:
            _check_sum(chunks, file)
            return
        final = part / file.name
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        final.unlink(missing_ok=True)  # of an attempt that broke
        arrived = write_stream(final, file.name, chunks)
    except MissingError:
        raise DamagedError(f"{file.name} is missing there") from None
    except OSError as error:
        raise not_written(part or Path(), error) from None
    if (arrived.size_bytes, arrived.sha256) != (file.size_bytes, file.sha256):
        raise _differs(file)


@contextmanager
def new_part(directory: Path, name: str) -> Iterator[Path]:
    """A part of this name to write into, which no sweep takes; gone afterwards, unless it was renamed.

    Raises:
        StepFailed: nothing can be written there.
    """
    part = directory / f".{name}.part"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(part, ignore_errors=True)
        descriptor = make_held_directory(part)
    except OSError as error:
        raise not_written(directory, error) from None
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(descriptor)


def not_written(directory: Path, error: OSError) -> StepFailed:
    """The error for a disk of ours that is full or not ours."""
    return StepFailed(
        f"the copy could not be written to {directory}: {error.strerror}",
        hint="check the disk (df -h); nothing of the copy was kept",
        reference="backup-not-written",
    )


def _chunks(store: Store, name: str, file: BackupFile, pace: Pace) -> Iterator[bytes]:
    left = file.size_bytes
    for chunk in store.read(f"{name}/{file.name}"):
        pace(len(chunk))
        left -= len(chunk)
        if left < 0:  # what is too long need not be fetched to its end
            raise _differs(file)
        yield chunk


def _check_sum(chunks: Iterator[bytes], file: BackupFile) -> None:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    if (size, digest.hexdigest()) != (file.size_bytes, file.sha256):
        raise _differs(file)


def _differs(file: BackupFile) -> DamagedError:
    return DamagedError(f"{file.name} there is not what the manifest says: the copy is damaged")


def _check_name(name: str) -> None:
    """A manifest from elsewhere must not name files outside its own directory."""
    path = PurePosixPath(name)
    is_plain = name and not path.is_absolute() and ".." not in path.parts and "\0" not in name
    if not is_plain or str(path) != name or name in {MANIFEST_NAME, RECORD_NAME}:
        raise DamagedError("its manifest names a file that no backup has")


@contextmanager
def _as_file(store: Store, name: str, file_name: str) -> Iterator[Path]:
    """A small file of a copy as a directory with it, so that it is read as one of ours is."""
    content = bytearray()
    for chunk in store.read(f"{name}/{file_name}"):
        content += chunk
        if len(content) > MOST_MANIFEST_BYTES:
            raise DamagedManifestError(f"its {file_name} is larger than any of ours")
    with tempfile.TemporaryDirectory(prefix="surefoot-copy-") as scratch:
        directory = Path(scratch) / name
        directory.mkdir()
        descriptor = os.open(directory / file_name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        try:
            yield directory
        except BlockedError as error:
            if error.reference != "backup-damaged":  # of this machine
                raise
            raise DamagedManifestError(error.what) from None
