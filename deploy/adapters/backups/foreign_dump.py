"""What somebody else dumped, and in which of pg_dump's formats."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.model.errors import BlockedError

MAGIC, GZIP_MAGIC, TAR_MAGIC, TAR_MAGIC_AT = b"PGDMP", b"\x1f\x8b", b"ustar", 257
TABLE_OF_CONTENTS = "toc.dat"
MISSING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}


@dataclass(frozen=True)
class ForeignDump:
    """A file or directory that somebody else made.

    Attributes:
        kind: `plain`, `gzip`, `custom`, `tar` or `directory`.
        at: the file's own time; when the dump was taken is not known.
    """

    path: Path
    kind: str
    at: datetime

    @classmethod
    def find(cls, path: Path) -> ForeignDump:
        """Look what it is.

        Raises:
            BlockedError: it is not there, not readable, or no dump.
        """
        try:
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            return cls(path.absolute(), _kind(path), at)
        except OSError as error:
            if error.errno not in MISSING:
                raise BlockedError(
                    f"{error.filename or path} cannot be read: {error.strerror}",
                    hint=f"run the same command as a user who may read {path}",
                    reference="dump-not-readable",
                ) from None
            raise BlockedError(
                f"{path} cannot be read: {error.strerror}",
                hint="give the name of a backup (./scripts/deploy.sh backup list), or the path of a dump",
                reference="no-such-backup",
            ) from None


def _kind(path: Path) -> str:
    if path.is_dir():
        if (path / TABLE_OF_CONTENTS).is_file():
            return "directory"
        raise _no_dump(path)
    with path.open("rb") as file:
        head = file.read(TAR_MAGIC_AT + len(TAR_MAGIC))
    if head.startswith(MAGIC):
        return "custom"
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    if head[TAR_MAGIC_AT:] == TAR_MAGIC:
        return "tar"
    if not head or b"\0" in head:
        raise _no_dump(path)
    return "plain"


def _no_dump(path: Path) -> BlockedError:
    return BlockedError(
        f"{path} is neither a SQL script nor an archive of pg_dump",
        hint="give a .sql or .sql.gz file, or what pg_dump --format=custom, tar or directory wrote",
        reference="not-a-dump",
    )
