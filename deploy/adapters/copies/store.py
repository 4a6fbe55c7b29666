"""What a store of copies must be able to do. Paths are relative to the target: `NAME/manifest.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult

from deploy.settings.backup_schema import BackupSettings

CHUNK_BYTES = 1 << 20
# Called with the number of bytes that go out or came in; waits for the bandwidth limit, and raises when we must stop.
Pace = Callable[[int], None]


class LostError(Exception):
    """The store could not be reached, or the connection broke: another attempt may succeed."""


class RefusedError(Exception):
    """The store answered no (denied, full, no such bucket): another attempt would be refused as well."""


class DeniedError(RefusedError):
    """It may not be done with these credentials."""


class MissingError(Exception):
    """There is no such file."""


class DamagedError(Exception):
    """What is there is not what the manifest says; a SourceError: what was to be sent is not."""


class DamagedManifestError(DamagedError):
    """The manifest there cannot be read as one of ours."""


class NotOursError(DamagedError):
    """What is there may be another backup of the same name: nothing of it may be replaced."""


class SourceError(DamagedError):
    """A file of the backup here cannot be sent.

    Args:
        is_damage: it is not what its manifest says; otherwise it may not be read here, which says nothing about it.
    """

    def __init__(self, says: str, *, is_damage: bool) -> None:
        super().__init__(says)
        self.is_damage = is_damage


@dataclass(frozen=True)
class Target:
    """One place for copies.

    Attributes:
        kind: the beginning of its URL: the name of a file of stores/.
        shown: as it was named.
        place: bucket, or host; empty for a directory.
        path: prefix without slashes around it in a bucket; a directory otherwise (relative: to the login's home).
        user_name: for a login; None: whoever runs this.
        port: for a server; None: the usual one.
    """

    kind: str
    shown: str
    place: str
    path: str
    user_name: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class Outgoing:
    """A file to be sent.

    Attributes:
        sha256: hex, as the manifest says.
    """

    source: Path
    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Sent:
    """What it took.

    Attributes:
        sent_bytes: that went over the line now.
        found_bytes: that an earlier, broken attempt had left there, and that were equal.
    """

    sent_bytes: int
    found_bytes: int = 0


class Store(Protocol):
    """One target, opened. Every call may raise LostError or RefusedError."""

    def names(self) -> tuple[str, ...]:
        """The directories of the target, those with nothing but a broken attempt as well."""

    def read(self, path: str) -> Iterator[bytes]:
        """A file's bytes. Raises MissingError."""

    def send(self, outgoing: Outgoing, pace: Pace) -> Sent:
        """Send it, going on where a broken attempt ended, and check what arrived; it appears whole or not at all.

        A file that is there already, and whole, is left.

        Raises:
            DamagedError: what arrived is not what was sent.
            SourceError: the source is not what the manifest says, or cannot be read.
        """

    def write(self, path: str, content: bytes) -> None:
        """A small file, whole or not at all; replaces."""

    def size(self, path: str) -> int | None:
        """In bytes; None where there is no such file."""

    def discard(self, path: str) -> None:
        """One file. Missing is fine."""

    def delete(self, name: str, first: str) -> None:
        """A directory with all that is in it, broken attempts as well; `first` goes first. Missing is fine."""

    def close(self) -> None:
        """End the connection."""


@dataclass(frozen=True)
class StoreKind:
    """What a file of stores/ registers as KIND.

    Attributes:
        example: a URL, for people.
        read_target: the target of a URL. Raises ValueError: why it is none.
        open: the store of a target, as the settings say how to reach it. Raises LostError, RefusedError.
    """

    example: str
    read_target: Callable[[str, SplitResult], Target]
    open: Callable[[Target, BackupSettings], Store]
