"""Send a file into a part that a broken attempt may have left, and read back what arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from deploy.adapters.backups.manifest_file import DAMAGE
from deploy.adapters.copies.store import CHUNK_BYTES, DamagedError, Outgoing, Pace, Sent, SourceError

# Small enough that a limited line is not filled in bursts.
BLOCK_BYTES = 1 << 18


class PartFile(Protocol):
    """A file of the target that is not whole yet, open for reading and writing."""

    def size(self) -> int:
        """In bytes."""

    def read_at(self, offset: int, count: int) -> bytes:
        """Fewer at the end of the file."""

    def write_at(self, offset: int, data: bytes) -> None:
        """All of it."""

    def truncate(self, size: int) -> None:
        """Cut it."""

    def sync(self) -> None:
        """Through to the disk, where that can be asked for."""


def send_into(part: PartFile, outgoing: Outgoing, pace: Pace) -> Sent:
    """Go on behind what is there and equal; then read all of it back.

    Raises:
        SourceError: the source is not what the manifest says, or cannot be read.
        DamagedError: what arrived is not what was sent.
    """
    digest = hashlib.sha256()
    with open_source(outgoing.source) as source:
        found = _equal_bytes(part, source, digest)
        if part.size() > found:
            part.truncate(found)
        source.seek(found)
        offset = found
        while block := read_source(source, BLOCK_BYTES):
            pace(len(block))
            part.write_at(offset, block)
            digest.update(block)
            offset += len(block)
    if (offset, digest.hexdigest()) != (outgoing.size_bytes, outgoing.sha256):
        raise source_damaged(outgoing)
    part.sync()
    arrived = hashlib.sha256()
    for block in blocks_of(part):
        pace(0)
        arrived.update(block)
    if arrived.hexdigest() != outgoing.sha256:
        raise DamagedError("what arrived is not what was sent")
    return Sent(offset - found, found)


def open_source(path: Path) -> BinaryIO:
    """A file of the backup here.

    Raises:
        SourceError: it cannot be read; what the store answers is another matter.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise source_unreadable(path, error) from None


def read_source(source: BinaryIO, count: int) -> bytes:
    """Its next bytes. Raises SourceError."""
    try:
        return source.read(count)
    except OSError as error:
        raise source_unreadable(source.name, error) from None


def source_damaged(outgoing: Outgoing) -> SourceError:
    """For a file that was read to its end."""
    return SourceError(
        f"{outgoing.source} is not what its manifest says; nothing of it was kept there", is_damage=True
    )


def source_unreadable(path: Path | str, error: OSError) -> SourceError:
    """For one that was not."""
    return SourceError(f"{path} cannot be read here: {error.strerror}", is_damage=error.errno in DAMAGE)


def blocks_of(part: PartFile) -> Iterator[bytes]:
    """Its bytes, in order."""
    offset = 0
    while block := part.read_at(offset, CHUNK_BYTES):
        yield block
        offset += len(block)


def _equal_bytes(part: PartFile, source: BinaryIO, digest: hashlib._Hash) -> int:
    """How much of the part is the beginning of the source; hashes as much.

    Block by block: a connection that broke may have left a hole at the end, and only what follows is sent again.
    """
    there, offset = part.size(), 0
    while offset < there:
        block = read_source(source, CHUNK_BYTES)
        remote = part.read_at(offset, len(block)) if block else b""
        if not remote or not block.startswith(remote):
            break
        digest.update(remote)
        offset += len(remote)
        if len(remote) < len(block):
            break
    return offset
