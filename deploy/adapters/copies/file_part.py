"""A piece of a file as the body of a request: summed once, then read from the disk as it is sent."""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO

from deploy.adapters.copies.resuming import source_unreadable
from deploy.adapters.copies.store import CHUNK_BYTES, Pace


class FilePart:
    """Never whole in memory; waits for the bandwidth limit as it is read.

    What is read a second time (first to sign it, then to send it) is not counted again.

    Args:
        most_bytes: less where the file ends before; `size_bytes` is how much it is.
        digest: is given all of it.

    Raises:
        SourceError: it cannot be read.
    """

    def __init__(
        self, source: BinaryIO, offset: int, most_bytes: int, pace: Pace, digest: hashlib._Hash
    ) -> None:
        self._descriptor, self._name = source.fileno(), source.name
        self._offset = offset
        self._pace = pace
        self._position = self._counted = 0
        md5, self.size_bytes = hashlib.md5(usedforsecurity=False), 0
        pace(0)
        while block := self._block(self.size_bytes, min(CHUNK_BYTES, most_bytes - self.size_bytes)):
            digest.update(block)
            md5.update(block)
            self.size_bytes += len(block)
        self.md5 = md5.digest()

    def read(self, size: int | None = -1) -> bytes:
        """As of any file."""
        left = self.size_bytes - self._position
        block = self._block(self._position, left if size is None or size < 0 else min(size, left))
        self._position += len(block)
        if (new := self._position - self._counted) > 0:
            self._counted = self._position
            self._pace(new)
        return block

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any file."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size_bytes}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        """As of any file."""
        return self._position

    def _block(self, position: int, count: int) -> bytes:
        try:
            return os.pread(self._descriptor, max(count, 0), self._offset + position)
        except OSError as error:
            raise source_unreadable(self._name, error) from None
