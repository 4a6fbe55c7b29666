"""PostgreSQL's table-level locks.

Source: PostgreSQL documentation, "Explicit Locking", table 13.2 (conflicting lock modes).
"""

from __future__ import annotations

from enum import IntEnum


class LockMode(IntEnum):
    """The eight modes, weakest first; comparable by strength."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @classmethod
    def from_catalog(cls, name: str) -> LockMode:
        """The mode that pg_locks calls `AccessExclusiveLock`.

        Raises:
            KeyError: pg_locks has no such relation lock.
        """
        return _BY_CATALOG_NAME[name]

    @classmethod
    def from_statement(cls, number: int) -> LockMode:
        """The mode of a parsed LOCK TABLE; the grammar numbers the modes as the server's source does, from 1."""
        return cls(number)

    @property
    def label(self) -> str:
        """`ACCESS EXCLUSIVE`, as PostgreSQL's documentation writes it."""
        return self.name.replace("_", " ")

    @property
    def blocks_reads(self) -> bool:
        """Whether a plain SELECT waits."""
        return self is LockMode.ACCESS_EXCLUSIVE

    @property
    def blocks_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE wait."""
        return self >= LockMode.SHARE

    @property
    def who_waits(self) -> str:
        """In words: who has to wait while it is held."""
        if self.blocks_reads:
            return "every query waits, readers too"
        if self.blocks_writes:
            return "writers wait, readers go on"
        if self is LockMode.SHARE_UPDATE_EXCLUSIVE:
            return "only other schema changes and VACUUM wait"
        return "only schema changes wait"


_BY_CATALOG_NAME = {
    "AccessShareLock": LockMode.ACCESS_SHARE,
    "RowShareLock": LockMode.ROW_SHARE,
    "RowExclusiveLock": LockMode.ROW_EXCLUSIVE,
    "ShareUpdateExclusiveLock": LockMode.SHARE_UPDATE_EXCLUSIVE,
    "ShareLock": LockMode.SHARE,
    "ShareRowExclusiveLock": LockMode.SHARE_ROW_EXCLUSIVE,
    "ExclusiveLock": LockMode.EXCLUSIVE,
    "AccessExclusiveLock": LockMode.ACCESS_EXCLUSIVE,
}
