"""The database, as it was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from deploy.model.releases import VersionTable
from deploy.model.version_tables import VersionRows, at_words, revision_in


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
        revision_ids: of this project, from the table that its env.py names; empty when that is empty or absent.
        table_names: schema-qualified user tables, Alembic's own left out.
        size_bytes: pg_database_size.
        connections_used / connections_max: of the whole server; max without the reserved ones.
        unvalidated_constraint_names: `table.constraint` with convalidated false.
        version_tables: all of Alembic's tables, other services' too.
        revision_problem: why the revision is not known; empty where it is (none at all is known, too).
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
    version_tables: tuple[VersionRows, ...] = ()
    revision_problem: str = ""

    @property
    def at(self) -> str:
        """Where it is, for a sentence."""
        return at_words(self.revision_ids, self.revision_problem)

    def as_kept_in(self, wanted: VersionTable | None, knows: Callable[[str], bool]) -> DatabaseState:
        """The same look, its revision read from the table that this env.py names; see `revision_in`."""
        if not self.version_tables:
            return self
        revision_ids, problem = revision_in(self.version_tables, wanted, knows)
        return replace(self, revision_ids=revision_ids, revision_problem=problem)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to lose: no user table and no revision."""
        return not self.table_names and not self.revision_ids and not self.revision_problem
