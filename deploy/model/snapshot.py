"""Production's schema and sizes, without a row of its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.model.version_tables import VersionRows, at_words

PSQL_COMMANDS = ("\\restrict", "\\unrestrict", "\\connect")


@dataclass(frozen=True)
class TableSize:
    """One table, as its statistics tell it.

    Attributes:
        rows: estimated (pg_class.reltuples; counted tuples where it was never analysed).
        table_bytes / index_bytes: of the heap with its toast, of all indexes.
        reads / writes: scans, and rows inserted, updated or deleted, since the statistics were last reset.
    """

    name: str
    rows: int
    table_bytes: int
    index_bytes: int
    reads: int = 0
    writes: int = 0

    @property
    def total_bytes(self) -> int:
        """What a rewrite needs at once, at least."""
        return self.table_bytes + self.index_bytes


@dataclass(frozen=True)
class TimeLimit:
    """A setting of production that ends a statement, a transaction or a session of the migrating role.

    Attributes:
        name: `statement_timeout`.
        milliseconds: always more than 0.
        source: whose it is: `role shop`, `database shop`, `role shop in database shop`, `the server`.
    """

    name: str
    milliseconds: int
    source: str


@dataclass(frozen=True)
class IndexUse:
    """One index: what it weighs, and how often a query used it since the statistics were last reset."""

    name: str
    table_name: str
    size_bytes: int
    scans: int


@dataclass(frozen=True)
class Snapshot:
    """What a check must know of production.

    Attributes:
        taken_at: ISO 8601, UTC.
        server_version: `15.18`.
        revision_ids: of this project; see DatabaseState, as for `version_tables` and `revision_problem`.
        schema_sql: pg_dump's, without owners and privileges.
        role_names: so that GRANT works on the scratch server.
        invalid_indexes / unvalidated_constraints: leftovers, `table.name`.
        available_extensions: what CREATE EXTENSION could install there; none where that was not read.
        time_limits: settings that cut a session of the migrating role off; none where they were not read.
    """

    taken_at: str
    database_name: str
    server_version: str
    server_major: int
    revision_ids: tuple[str, ...]
    schema_sql: str
    role_names: tuple[str, ...]
    tables: tuple[TableSize, ...]
    indexes: tuple[IndexUse, ...]
    time_zone: str = "UTC"
    invalid_indexes: tuple[str, ...] = ()
    unvalidated_constraints: tuple[str, ...] = ()
    available_extensions: tuple[str, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
    version_tables: tuple[VersionRows, ...] = ()
    revision_problem: str = ""

    @property
    def at(self) -> str:
        """Where it is, for a sentence."""
        return at_words(self.revision_ids, self.revision_problem)

    def schema_statements(self) -> str:
        r"""The schema without psql's own commands, which no server and no parser knows.

        `\restrict` is followed by random letters and digits: where a digit comes first, the scanner gives up.
        """
        return "\n".join(line for line in self.schema_sql.split("\n") if not line.startswith(PSQL_COMMANDS))

    def sizes(self) -> Mapping[str, TableSize]:
        """By name, `schema.table` or `table` in public."""
        return {table.name: table for table in self.tables}
