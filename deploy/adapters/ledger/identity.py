"""Whether the ledger is still the one that was opened: a file can be deleted or replaced under a running deployment."""

from __future__ import annotations

import os
import sqlite3
import uuid
from pathlib import Path

from deploy.model.errors import LEDGER_LOST, RECOVER_COMMAND, StepFailed


class LedgerIdentity:
    """The opened file, by its inode: SQLite itself goes on writing into a file that has no name any more.

    Attributes:
        ledger_id: made with the ledger; a copy of the directory bears it too.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._file = _file_of(path)
        if self._read_id() is None:
            connection.execute("INSERT OR IGNORE INTO identity VALUES (1, ?)", (uuid.uuid4().hex,))
        self.ledger_id = self._read_id() or ""

    def require_same(self) -> None:
        """Asked inside of each transaction that writes.

        Raises:
            StepFailed: `ledger-lost`.
        """
        there = _file_of(self._path)
        if there is None:
            raise self._lost("deleted")
        if there != self._file:
            raise self._lost("replaced by another file")

    def _read_id(self) -> str | None:
        found = self._connection.execute("SELECT ledger_id FROM identity").fetchone()
        return None if found is None else str(found[0])

    def _lost(self, how: str) -> StepFailed:
        return StepFailed(
            f"the ledger {self._path} was {how} while this command ran",
            hint=f"put it back if it was moved; otherwise {RECOVER_COMMAND} finds the releases "
            "again", reference=LEDGER_LOST,
        )


def _file_of(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - device and inode
    except OSError:
        return None
    return found.st_dev, found.st_ino
