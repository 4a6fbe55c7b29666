"""What one statement does to a database: predicted from its text, or measured on a scratch server. Same words for both.

Relations bear the name `schema.table`, or `table` alone where the schema is public.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from deploy.model.locks import LockMode


@dataclass(frozen=True, order=True)
class RelationLock:
    """The strongest lock that a statement newly takes on a relation which existed before it.

    Attributes:
        kind: `table`, `partitioned table`, `view`, `materialized view`, `index`, `partitioned index`,
            `sequence`, `foreign table`.
    """

    relation: str
    kind: str
    mode: LockMode

    @property
    def is_on_table(self) -> bool:
        """Whether rows of an application live there."""
        return self.kind in {"table", "partitioned table", "materialized view", "foreign table"}

    @property
    def is_incidental(self) -> bool:
        """Whether it comes and goes with the server's caches: ACCESS SHARE on an index or a sequence keeps nobody out.

        Such a lock is taken when something has to be read again that another minor version, or a session that looked
        before, still has at hand.
        """
        return self.mode is LockMode.ACCESS_SHARE and self.kind in {"index", "partitioned index", "sequence"}


@dataclass(frozen=True, order=True)
class IndexBuild:
    """An index that is built by reading its whole table."""

    index: str
    table: str


@dataclass(frozen=True, order=True)
class Drop:
    """Something that goes, in the words of pg_event_trigger_dropped_objects().

    Attributes:
        kind: `table`, `table column`, `index`, `table constraint`, `default value`, `view`, `type`, …
        identity: `public.users.email`, `users_pkey on public.users`.
        is_by_cascade: whether the statement did not name it.
    """

    kind: str
    identity: str
    is_by_cascade: bool = False


@dataclass(frozen=True)
class Effects:
    """What one statement does to relations that existed before it.

    Attributes:
        locks: newly taken by this statement, the strongest for each relation.
        rewrites: tables whose rows are all written anew (also VACUUM FULL's and CLUSTER's copies are in new_files).
        scans: tables that are read through and not written anew: for a check, for a foreign key (both sides), for an
            index build (the index is in index_builds as well). Partitioned tables hold no rows: their partitions are
            listed.
        index_builds: built on tables that existed before, under the statement's lock.
        concurrent_builds: built on them by CONCURRENTLY, which blocks nobody.
        validated_foreign_keys: constraints that are checked against the data; "" where the name is not known.
        new_files: relations with a new, empty or copied file without a rewrite message
            (TRUNCATE, SET TABLESPACE, CLUSTER, REFRESH).
        drops: everything that goes.
        waits_for: what a CONCURRENTLY statement waits for before it can end: `virtualxid`.
        is_in_transaction: False where the statement cannot run in a transaction block.
        unknown: why the effects are not known whole; empty where they are.
        error: PostgreSQL's message where the statement fails.
    """

    locks: tuple[RelationLock, ...] = ()
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    index_builds: tuple[IndexBuild, ...] = ()
    concurrent_builds: tuple[IndexBuild, ...] = ()
    validated_foreign_keys: tuple[str, ...] = ()
    new_files: tuple[str, ...] = ()
    drops: tuple[Drop, ...] = field(default=())
    waits_for: tuple[str, ...] = ()
    is_in_transaction: bool = True
    unknown: str = ""
    error: str = ""

    def lock_on(self, relation: str) -> LockMode | None:
        """The lock on this relation, None where there is none."""
        return next((lock.mode for lock in self.locks if lock.relation == relation), None)

    @property
    def blocking_tables(self) -> tuple[str, ...]:
        """Tables whose writers wait."""
        return tuple(lock.relation for lock in self.locks if lock.is_on_table and lock.mode.blocks_writes)

    @property
    def has_work(self) -> bool:
        """Whether its time grows with the data."""
        return bool(self.rewrites or self.scans or self.index_builds or self.validated_foreign_keys)
