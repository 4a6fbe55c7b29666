"""The database, as it was seen."""

from __future__ import annotations

from dataclasses import dataclass


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
