"""Manifest and record as JSON files."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from deploy.model.backups import BackupRecord, Manifest
from deploy.model.errors import BlockedError

MANIFEST_NAME = "manifest.json"
RECORD_NAME = "record.json"
MANIFEST_SCHEMA = "surefoot/backup/1"
RECORD_SCHEMA = "surefoot/backup-record/1"
# One word, or two for a directory archive: nothing that leads out of the backup's own directory.
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?")
# Missing, or the disk gives it back no more; a right or a descriptor that is lacking is no damage.
DAMAGE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO, errno.EUCLEAN}
_T = TypeVar("_T")


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a backup's directory.

    Raises:
        BlockedError: it is missing, damaged or of another version; or it may not be read here.
    """
    path = directory / MANIFEST_NAME
    manifest = _read(path, MANIFEST_SCHEMA, TypeAdapter(Manifest))
    if strange := [file.name for file in manifest.files if not FILE_NAME.fullmatch(file.name)]:
        raise _damaged(path, f"it names files elsewhere: {strange[0]}")
    return manifest


def read_record(directory: Path) -> BackupRecord:
    """What was done since; an empty record where there is none.

    Raises:
        BlockedError: it is damaged, or may not be read here.
    """
    if not (directory / RECORD_NAME).exists():
        return BackupRecord()
    return _read(directory / RECORD_NAME, RECORD_SCHEMA, TypeAdapter(BackupRecord))


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Whole and on the disk, or not at all. Raises OSError."""
    _write(directory / MANIFEST_NAME, MANIFEST_SCHEMA, TypeAdapter(Manifest).dump_python(manifest, mode="json"))


def write_record(directory: Path, record: BackupRecord) -> None:
    """The same for the record."""
    _write(directory / RECORD_NAME, RECORD_SCHEMA, TypeAdapter(BackupRecord).dump_python(record, mode="json"))


def _read(path: Path, schema: str, adapter: TypeAdapter[_T]) -> _T:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or raw.pop("schema", None) != schema:
            raise _damaged(path, f"it is not of version {schema}")
        if raw.pop("sha256", None) != _sum(raw):
            raise _damaged(path, "it is not what was written: its checksum differs")
        return adapter.validate_python(raw)
    except OSError as error:
        if error.errno not in DAMAGE:
            raise not_readable(path, error) from None
        raise _damaged(path, str(error.strerror)) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _damaged(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except ValueError:
        raise _damaged(path, "it is not JSON") from None


def _sum(content: dict[str, Any]) -> str:
    """Of the content, however it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _damaged(path: Path, why: str) -> BlockedError:
    return BlockedError(
        f"{path.parent.name} is not a usable backup: {path.name}: {why}",
        hint="./scripts/deploy.sh backup list names the others", reference="backup-damaged",
    )


def not_readable(path: Path, error: OSError) -> BlockedError:
    """What cannot be read here, which says nothing about it."""
    return BlockedError(
        f"{path} cannot be read here: {error.strerror}", hint="run the command as the owner of the backup directory",
        reference="backup-not-readable",
    )


def _write(path: Path, schema: str, content: dict[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    text = json.dumps({"schema": schema, "sha256": _sum(content)} | content, indent=1) + "\n"
    try:
        _write_through(part, text)
        part.rename(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    sync_directory(path.parent)


def _write_through(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Make a rename in it last; file systems that cannot are left alone."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)
