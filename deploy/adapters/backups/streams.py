"""From a program to a file in one pass: hashed, decoded beside, encrypted, hashed again, synced and read back."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO

import pyrage

from deploy.adapters.backups.read_behind import CHUNK_BYTES, FileSum, ReadBehind
from deploy.model.backups import BackupFile
from deploy.model.errors import StepFailed, UsageError

ENCRYPTED_SUFFIX = ".age"
Tee = Callable[[bytes], None]


def parse_recipients(texts: Sequence[str]) -> list[object]:
    """Recipients for the encryption: `age1…`, or SSH public keys.

    Raises:
        UsageError: one is neither.
    """
    found: list[object] = []
    for text in texts:
        kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
        try:
            found.append(kind.from_str(text))
        except pyrage.RecipientError as error:
            raise UsageError(
                f"{text[:20]}… is not an age public key: {error}",
                hint="DEPLOY_BACKUP_RECIPIENTS takes age1…, as `age-keygen -y` prints it, or an SSH public key: "
                "`ssh-ed25519 AAAA…`, with or without a comment of one word",
                reference="bad-recipient",
            ) from None
    return found


class _Source:
    """A file-like reader over chunks: what the encryption reads is hashed and handed on unencrypted."""

    def __init__(self, chunks: Iterable[bytes], tees: Sequence[Tee]) -> None:
        self._chunks = iter(chunks)
        self._left = memoryview(b"")
        self._tees = tees
        self.digest = hashlib.sha256()
        self.error: BaseException | None = None

    def next_chunk(self) -> bytes:
        chunk = next(self._chunks, b"")
        self.digest.update(chunk)
        for tee in self._tees:
            if chunk:
                tee(chunk)
        return chunk

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            try:
                self._left = memoryview(self.next_chunk())
            except BaseException as error:  # the encryption would hand on its text only
                self.error = error
                raise
        size = len(self._left) if size < 0 else size
        given, self._left = self._left[:size], self._left[size:]
        return bytes(given)


class _Target:
    """A file-like writer: counts and hashes what reaches the disk."""

    def __init__(self, file: IO[bytes], behind: ReadBehind) -> None:
        self._file = file
        self._behind = behind
        self.size = 0
        self.digest = hashlib.sha256()
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self.write_plain(data)
        except OSError as error:
            self.error = error
            raise
        self.digest.update(data)
        return len(data)

    def write_plain(self, data: bytes) -> None:
        """Without hashing it: what is not encrypted was hashed at the source."""
        view = memoryview(data)
        while view:  # unbuffered files may write a part
            view = view[self._file.write(view) :]
        self.size += len(data)
        self._behind.wrote(self.size)

    def flush(self) -> None:
        """Unbuffered already."""


def write_stream(
    path: Path, shown_name: str, chunks: Iterable[bytes], recipients: Sequence[object] = (), tees: Sequence[Tee] = ()
) -> BackupFile:
    """Write chunks to a new file of mode 600, through to the disk, and read it back from there.

    Args:
        path: without the suffix of encryption.
        shown_name: the name in the manifest, likewise.
        recipients: of parse_recipients; none: as it is.
        tees: get every chunk, unencrypted, in order.

    Raises:
        OSError: it cannot be written, or not be read back.
        StepFailed: it reads back otherwise.
    """
    suffix = ENCRYPTED_SUFFIX if recipients else ""
    final = path.with_name(path.name + suffix)
    descriptor = os.open(final, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    source = _Source(chunks, tees)
    # Unbuffered: a full disk is met by the write that fills it, not by the closing of the file.
    with os.fdopen(descriptor, "r+b", buffering=0) as file, ReadBehind(descriptor) as behind:
        target = _Target(file, behind)
        if recipients:
            _encrypt(source, target, recipients)
        else:
            while chunk := source.next_chunk():
                target.write_plain(chunk)
        there = behind.finish(target.size)
    content = source.digest.hexdigest()
    written = FileSum(target.size, target.digest.hexdigest() if recipients else content)
    if there != written:
        raise StepFailed(
            f"{final.name} reads back differently from what was written", hint="is the disk failing? look at dmesg",
            reference="backup-failed",
        )
    return BackupFile(shown_name + suffix, written.size_bytes, written.sha256, content)


def _encrypt(source: _Source, target: _Target, recipients: Sequence[object]) -> None:
    try:
        pyrage.encrypt_io(source, target, list(recipients))
    except pyrage.EncryptError as error:
        raise source.error or target.error or OSError(0, f"the encryption failed: {error}") from None


def sum_file(path: Path, raise_if_stopped: Callable[[], None] = lambda: None) -> FileSum:
    """Read it whole. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            raise_if_stopped()
            digest.update(chunk)
            size += len(chunk)
    return FileSum(size, digest.hexdigest())
