"""Copies in a directory: another disk, a mounted share."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, unquote

from deploy.adapters.backups.manifest_file import sync_directory
from deploy.adapters.backups.streams import sum_file
from deploy.adapters.copies.resuming import send_into
from deploy.adapters.copies.store import (
    CHUNK_BYTES,
    DamagedError,
    DeniedError,
    LostError,
    MissingError,
    Outgoing,
    Pace,
    RefusedError,
    Sent,
    StoreKind,
    Target,
)

FULL = {errno.ENOSPC, errno.EDQUOT}
DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
LOST = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.EINTR}


class _LocalPart:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def read_at(self, offset: int, count: int) -> bytes:
        return os.pread(self._descriptor, count, offset)

    def write_at(self, offset: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._descriptor, view, offset)
            view, offset = view[written:], offset + written

    def truncate(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)

    def sync(self) -> None:
        os.fsync(self._descriptor)
        # So that reading it back asks the disk, not this memory.
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


class DirectoryStore:
    """A directory that exists: a share that is not mounted must not be filled on this machine's own disk.

    Raises:
        RefusedError: it does not exist.
    """

    def __init__(self, target: Target) -> None:
        self._root = Path(target.path)
        if not self._root.is_dir():
            raise RefusedError(
                "the directory does not exist; is the disk or share mounted? create the directory once with mkdir"
            )

    def names(self) -> tuple[str, ...]:
        """Its directories."""
        with _translated():
            return tuple(sorted(path.name for path in self._root.iterdir() if path.is_dir()))

    def read(self, path: str) -> Iterator[bytes]:
        """A file's bytes."""
        with _translated(), (self._root / path).open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def size(self, path: str) -> int | None:
        """In bytes."""
        with _translated():
            try:
                return (self._root / path).stat().st_size
            except FileNotFoundError:
                return None

    def send(self, outgoing: Outgoing, pace: Pace) -> Sent:
        """Into a part beside it, read back, renamed."""
        final = self._root / outgoing.path
        part = part_of(final)
        with _translated():
            if final.is_file() and self._is_whole(final, outgoing, pace):
                return Sent(0, outgoing.size_bytes)
            self._make_directories(final.parent)
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                sent = send_into(_LocalPart(descriptor), outgoing, pace)
            except (OSError, DamagedError) as error:
                # A full disk is not kept full; what is wrong is not gone on from.
                if isinstance(error, DamagedError) or error.errno in FULL:
                    part.unlink(missing_ok=True)
                raise
            finally:
                os.close(descriptor)
            part.rename(final)
            sync_directory(final.parent)
            return sent

    def write(self, path: str, content: bytes) -> None:
        """By a part and a rename."""
        final = self._root / path
        part = part_of(final)
        with _translated():
            self._make_directories(final.parent)
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                _LocalPart(descriptor).write_at(0, content)
                os.fsync(descriptor)
            except OSError:
                part.unlink(missing_ok=True)
                raise
            finally:
                os.close(descriptor)
            part.rename(final)
            sync_directory(final.parent)

    def discard(self, path: str) -> None:
        """One file."""
        with _translated():
            (self._root / path).unlink(missing_ok=True)

    def delete(self, name: str, first: str) -> None:
        """The first file, then the rest."""
        with _translated():
            (self._root / name / first).unlink(missing_ok=True)
            if (self._root / name).exists():
                shutil.rmtree(self._root / name)

    def close(self) -> None:
        """Nothing is open."""

    def _make_directories(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        while directory != self._root:
            directory = directory.parent
            sync_directory(directory)

    @staticmethod
    def _is_whole(path: Path, outgoing: Outgoing, pace: Pace) -> bool:
        if path.stat().st_size != outgoing.size_bytes:
            return False
        return sum_file(path, lambda: pace(0)).sha256 == outgoing.sha256


def part_of(path: Path) -> Path:
    """What it is called until it is whole."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def _translated() -> Iterator[None]:
    """A system's error as a store's."""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingError(str(error.filename)) from None
    except OSError as error:
        says = error.strerror or str(error)
        if error.errno in DENIED:
            raise DeniedError(says) from None
        raise (LostError if error.errno in LOST else RefusedError)(says) from None


def _read_target(text: str, url: SplitResult) -> Target:
    if url.netloc not in {"", "localhost"} or url.path in {"", "/"}:
        raise ValueError("a directory of this machine has three slashes: file:///mnt/backups")
    return Target("file", text, "", str(PurePosixPath(unquote(url.path))))


KIND = StoreKind("file:///mnt/backups", _read_target, lambda target, _settings: DirectoryStore(target))
