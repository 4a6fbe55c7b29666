"""A backup's files read back: whole, unchanged, decrypted. Nothing else is touched before that."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyrage

from deploy.adapters.backups.folder import make_held_directory
from deploy.adapters.backups.manifest_file import DAMAGE, not_readable
from deploy.adapters.backups.streams import ENCRYPTED_SUFFIX, sum_file
from deploy.model.backups import DUMP_NAME, BackupFile, Manifest
from deploy.model.errors import BlockedError, StepFailed

RaiseIfStopped = Callable[[], None]


def file_problems(directory: Path, manifest: Manifest, raise_if_stopped: RaiseIfStopped) -> tuple[str, ...]:
    """What is missing, shorter, or not what was written; by the checksums of the manifest.

    Raises:
        BlockedError: a file may not be read here, which says nothing about it.
    """
    problems = []
    for file in manifest.files:
        try:
            there = sum_file(directory / file.name, raise_if_stopped)
        except OSError as error:
            if error.errno not in DAMAGE:
                raise not_readable(directory / file.name, error) from None
            problems.append(f"{file.name} cannot be read: {error.strerror}")
            continue
        if there.size_bytes != file.size_bytes:
            problems.append(f"{file.name} has {there.size_bytes:,} bytes, not {file.size_bytes:,}")
        elif there.sha256 != file.sha256:
            problems.append(f"{file.name} is not what was written: its checksum differs")
    return tuple(problems)


def require_whole(directory: Path, manifest: Manifest, raise_if_stopped: RaiseIfStopped) -> None:
    """Every file as it was written.

    Raises:
        BlockedError: with what is wrong.
    """
    problems = file_problems(directory, manifest, raise_if_stopped)
    if problems:
        raise BlockedError(
            f"{manifest.name} is damaged: {'; '.join(problems)}",
            hint="use another backup (./scripts/deploy.sh backup list), or a copy: ./scripts/deploy.sh backup pull",
            reference="backup-damaged",
        )


@contextmanager
def plain_archive(directory: Path, manifest: Manifest, identity_file: Path | None) -> Iterator[Path]:
    """Where pg_restore can read it: a file, or a directory. Decrypted beside the backup, and gone afterwards.

    Raises:
        BlockedError: it is encrypted, and the key is missing or another one.
        StepFailed: the disk has no room for the plain one.
    """
    if not manifest.is_encrypted:
        yield directory / DUMP_NAME
        return
    file = next(f for f in manifest.files if f.name == DUMP_NAME + ENCRYPTED_SUFFIX)
    # Beside the backups, not in the temporary directory: it may be big, and swept if we are killed.
    place = directory.parent / f".{manifest.name}.{secrets.token_hex(4)}.part"
    held = None
    try:
        try:
            held = make_held_directory(place)
            decrypt(directory / file.name, place / DUMP_NAME, file, identity_file)
        except OSError as error:
            raise _not_decrypted(manifest, place.parent, error) from None
        yield place / DUMP_NAME
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if held is not None:
            os.close(held)


def _not_decrypted(manifest: Manifest, place: Path, error: OSError) -> StepFailed:
    return StepFailed(
        f"{manifest.name} could not be decrypted into {place}: {error.strerror}",
        hint=f"it needs {manifest.size_bytes / 1e9:,.1f} GB there while it is read: check df -h, then try again",
        reference="backup-not-decrypted",
    )


def decrypt(source: Path, target: Path, file: BackupFile, identity_file: Path | None) -> None:
    """Write the plain content, and compare it with its checksum.

    Raises:
        BlockedError: the key is missing or another one, or the content is not what was encrypted.
    """
    identities = read_identities(identity_file)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with source.open("rb") as reader, os.fdopen(descriptor, "wb") as writer:
        hashing = _HashingWriter(writer)
        try:
            pyrage.decrypt_io(reader, hashing, identities)
        except pyrage.DecryptError as error:
            if hashing.error:
                raise hashing.error from None
            raise BlockedError(
                f"{source.parent.name} cannot be decrypted with {identity_file}: {error}",
                hint="set DEPLOY_BACKUP_IDENTITY_FILE to the file of a key that belongs to its recipients",
                reference="backup-key-wrong",
            ) from None
    if hashing.digest.hexdigest() != file.content_sha256:
        raise BlockedError(
            f"{source.parent.name} decrypts to other bytes than were encrypted",
            hint="use another backup: ./scripts/deploy.sh backup list", reference="backup-damaged",
        )


def read_identities(identity_file: Path | None) -> list[object]:
    """Private keys: lines of `AGE-SECRET-KEY-…`, or one SSH private key.

    Raises:
        BlockedError: there is no such file, or no key in it. The keys are never shown.
    """
    if identity_file is None:
        raise BlockedError(
            "it is encrypted, and there is no private key",
            hint="set DEPLOY_BACKUP_IDENTITY_FILE to the file of the private key",
            reference="backup-key-missing",
        )
    try:
        text = identity_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _no_key(identity_file, str(error)) from None
    try:
        if "PRIVATE KEY" in text:
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        lines = [line.strip() for line in text.splitlines()]
        found: list[object] = [pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith("AGE-")]
    except pyrage.IdentityError as error:
        raise _no_key(identity_file, str(error)) from None
    if not found:
        raise _no_key(identity_file, "no AGE-SECRET-KEY-… in it")
    return found


def _no_key(path: Path, why: str) -> BlockedError:
    return BlockedError(
        f"{path} holds no usable key: {why}", hint="an age identity file, as `age-keygen` writes it",
        reference="backup-key-missing",
    )


class _HashingWriter:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            self._file.write(data)
        except OSError as error:
            self.error = error
            raise
        self.digest.update(data)
        return len(data)

    def flush(self) -> None:
        self._file.flush()
