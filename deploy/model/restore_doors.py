"""The doors of a restore, one for each who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from deploy.model.backups import DatabaseContent, TableContent
from deploy.model.restores import RestoreGround, RowsSince, ServerDatabase, TableCopy


class DatabaseServer(Protocol):
    """The databases of production's server, by their names; never asked from within the one that is replaced."""

    @property
    def database_name(self) -> str:
        """The application's."""

    def databases(self) -> tuple[ServerDatabase, ...]:
        """All of the server."""

    def close_database(self, name: str) -> int:
        """Nobody gets in, who is in is ended; returns how many. Raises StepFailed."""

    def open_database(self, name: str) -> None:
        """Everybody gets in again."""

    def end_sessions(self, name: str) -> int:
        """End who is in, and leave the door open."""

    def rename_databases(self, renames: Sequence[tuple[str, str]], open_name: str) -> None:
        """Close each, then rename all in one transaction; `open_name` is open from then on. Raises StepFailed."""

    def drop_database(self, name: str) -> None:
        """Remove it; missing is fine. Raises StepFailed."""


class RestoreLock(Protocol):
    """The deployment's lock, where it outlives the database."""

    def take_lock(self) -> None:
        """The deployment's advisory lock, held where it outlives the database. Raises LockedError. Twice is fine."""

    def keep_lock(self) -> None:
        """Take it again where it was held and the server has ended its session. Raises LockedError."""


class RestoreQuestions(Protocol):
    """What is looked at before a restore, and what would be lost by it."""

    def ground(self) -> RestoreGround:
        """One look at the server, its databases and what this role may do. Raises BlockedError."""

    def require_readable(self, backup_name: str, is_stop_requested: Callable[[], bool]) -> None:
        """Checksums and key of a backup; nothing else is touched. Raises BlockedError."""

    def client(self, server_major: int) -> str:
        """Which pg_restore would be used. Raises BlockedError when none of this major is at hand."""

    def count_rows(self, table_names: Sequence[str]) -> Mapping[str, int]:
        """Exact, of the live database; a table that is not there, or takes too long, is left out."""

    def rows_since(self, columns: Sequence[str], since: datetime) -> tuple[RowsSince, ...]:
        """Rows of the live database whose `table.column` is later."""


class RestoreTarget(Protocol):
    """A database that a backup is restored into."""

    def create_database(self, name: str, backup_name: str, *, has_owner: bool) -> None:
        """An empty one like the backup's; one of this name that is there is removed first. Raises StepFailed."""

    def fill_database(
        self, name: str, backup_name: str, *, has_owner: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> float:
        """Everything of the backup into an empty database; the seconds it took. Raises StepFailed, BlockedError."""

    def fill_in_place(
        self, backup_name: str, *, has_owner: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> float:
        """Over the live database in one transaction: all or nothing. Raises StepFailed, BlockedError."""

    def apply_properties(self, name: str, backup_name: str, *, has_owner: bool) -> None:
        """Settings, rights and comment of the database; without owners, what names no role. Raises StepFailed."""

    def mark_database(self, name: str, text: str) -> None:
        """Its comment: how far a restore into it got."""

    def content(self, name: str, hashed_tables: Sequence[str]) -> DatabaseContent:
        """What is in it: every table counted, these hashed. Raises BlockedError."""


class TablesBeside(Protocol):
    """Single tables of a backup, beside the live ones."""

    def bring_tables(
        self, backup_name: str, copies: Sequence[TableCopy], *, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> tuple[TableContent, ...]:
        """Tables of a backup beside the live ones, all or none; what they hold now. Raises BlockedError, StepFailed."""


class Restores(DatabaseServer, RestoreLock, RestoreQuestions, RestoreTarget, TablesBeside, Protocol):
    """All of them; whoever needs one names that one."""
