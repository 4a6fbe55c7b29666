"""The database, as it was seen, and its backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class InvalidIndex:
    """An index that a failed CREATE INDEX CONCURRENTLY left (pg_index.indisvalid is false)."""

    table_name: str
    index_name: str


@dataclass(frozen=True)
class DatabaseState:
    """One look at the database.

    Attributes:
        server_version: `15.18`.
        server_major: 15.
        revision_ids: the rows of alembic_version; empty when it is empty or absent.
        table_names: schema-qualified user tables, alembic_version left out.
        size_bytes: pg_database_size.
        connections_used / connections_max: of the whole server; max without the reserved ones.
        unvalidated_constraint_names: `table.constraint` with convalidated false.
    """

    database_name: str
    server_version: str
    server_major: int
    is_in_recovery: bool
    revision_ids: tuple[str, ...]
    table_names: tuple[str, ...]
    size_bytes: int
    connections_used: int
    connections_max: int
    invalid_indexes: tuple[InvalidIndex, ...]
    unvalidated_constraint_names: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to lose: no user table and no revision."""
        return not self.table_names and not self.revision_ids


@dataclass(frozen=True)
class Backup:
    """A finished backup file whose content was decoded whole.

    Attributes:
        file_name: `backup_<db>_<UTC time>.dump`, inside the backup directory.
        sha256: hex, taken while the file was written.
        client: which pg_dump wrote it: `container db 15.18`, `host 15.18`, `wheel 17.10`.
    """

    file_name: str
    database_name: str
    sha256: str
    size_bytes: int
    revision_ids: tuple[str, ...]
    server_version: str
    client: str
    started_at: datetime
    duration_seconds: float
    deployment_id: str | None
