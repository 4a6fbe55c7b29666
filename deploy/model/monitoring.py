"""The database while it works: who does what, who waits for whom, how large and how worn everything is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Session:
    """One session of this database, other than ours.

    Attributes:
        state: PostgreSQL's word: active, idle, idle in transaction …
        waits_for: wait event type and event, `Lock: relation`; empty while it works.
        transaction_seconds / state_seconds: age of its transaction, and of its present state.
        query: the beginning of its last statement, on one line, without passwords.
    """

    pid: int
    user_name: str
    application_name: str
    client: str
    state: str
    waits_for: str
    transaction_seconds: float | None
    state_seconds: float | None
    query: str


@dataclass(frozen=True)
class BlockedSession:
    """One session that waits for a lock, and the one it waits for in the end.

    Attributes:
        pid, client, application_name, query: of the one that waits.
        waited_seconds: for how long.
        wanted_mode / relation: which lock, `AccessExclusiveLock` on `public.orders`; empty for other locks.
        blocked_by: pids directly in front of it.
        started_at: when its session began, by the server's clock.
        root_pid: the one at the head of the chain, which itself waits for nobody.
        root_*: the same facts about that one; `root_started_at` is when its session began.
        root_modes: the table locks it holds that keep others out, as pg_locks calls them.
    """

    pid: int
    application_name: str
    client: str
    query: str
    waited_seconds: float
    wanted_mode: str
    relation: str
    blocked_by: tuple[int, ...]
    started_at: datetime | None
    root_pid: int
    root_application_name: str
    root_client: str
    root_state: str
    root_query: str
    root_transaction_seconds: float | None
    root_started_at: datetime | None
    root_modes: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """One line: who waits for whom, for how long."""
        what = f" on {self.relation}" if self.relation else ""
        seconds = self.root_transaction_seconds
        age = "" if seconds is None else f", in a transaction for {seconds:.0f} s"
        return (
            f"pid {self.pid} ({self.application_name or self.client or '?'}) waits {self.waited_seconds:.0f} s{what}: "
            f"{self.query[:60]!r}; blocked by pid {self.root_pid} "
            f"({self.root_application_name or self.root_client or '?'}, {self.root_state}{age}): "
            f"{self.root_query[:60]!r}"
        )


@dataclass(frozen=True)
class TableUse:
    """One table, with its indexes and its TOAST table.

    Attributes:
        dead_rows: rows that vacuum has not yet cleared; beside live_rows a hint at bloat.
        frozen_age: transactions since it was last frozen (pg_class.relfrozenxid).
        is_locked: somebody held it exclusively, and the sizes are the planner's last ones.
    """

    name: str
    total_bytes: int
    table_bytes: int
    index_bytes: int
    live_rows: int
    dead_rows: int
    sequential_scans: int
    index_scans: int
    last_vacuum_at: datetime | None
    last_autovacuum_at: datetime | None
    last_analyze_at: datetime | None
    frozen_age: int
    is_locked: bool

    @property
    def dead_percent(self) -> float:
        """Dead rows in a hundred."""
        rows = self.live_rows + self.dead_rows
        return 100 * self.dead_rows / rows if rows else 0.0


@dataclass(frozen=True)
class IndexUse:
    """One index."""

    name: str
    table_name: str
    size_bytes: int
    scans: int
    is_valid: bool


@dataclass(frozen=True)
class Replica:
    """A standby that follows this server; lags are None where the server does not tell."""

    name: str
    client: str
    state: str
    lag_bytes: int | None
    lag_seconds: float | None


@dataclass(frozen=True)
class DatabaseTotals:
    """The whole database and its server in one row.

    Attributes:
        connections_*: of the whole server; `connections_max` without the reserved ones.
        cache_hit_percent: blocks found in shared buffers since the statistics were reset; None before any read.
        deadlocks, commits, rollbacks: since then.
        wraparound_age / wraparound_limit: transactions since the oldest unfrozen one, and where autovacuum begins
            to force itself.
        lag_seconds: of this server itself where it is a standby; None on a primary.
        table_scans: reads of tables and indexes that statements began; those of Alembic's own table left out.
    """

    database_name: str
    server_version: str
    is_in_recovery: bool
    started_at: datetime
    size_bytes: int
    connections_used: int
    connections_max: int
    active: int
    idle_in_transaction: int
    waiting: int
    cache_hit_percent: float | None
    commits: int
    rollbacks: int
    deadlocks: int
    temporary_bytes: int
    wraparound_age: int
    wraparound_limit: int
    lag_seconds: float | None
    table_scans: int = 0


@dataclass(frozen=True)
class DatabaseOverview:
    """One screen of `monitor`.

    Attributes:
        sessions: those that do something: active, waiting, or inside a transaction; longest transaction first.
        tables / indexes: the largest ones.
        invalid_indexes: `schema.table.index`.
        problems: what could not be read, one sentence each.
        revision_problem: why the revision is not known; empty where it is.
    """

    at: datetime
    totals: DatabaseTotals
    revision_ids: tuple[str, ...]
    sessions: tuple[Session, ...]
    blocked: tuple[BlockedSession, ...]
    tables: tuple[TableUse, ...]
    indexes: tuple[IndexUse, ...]
    invalid_indexes: tuple[str, ...]
    replicas: tuple[Replica, ...]
    problems: tuple[str, ...] = ()
    revision_problem: str = ""


@dataclass(frozen=True)
class TableScans:
    """How often a table was read from end to end since its statistics were reset."""

    name: str
    rows: int
    sequential_scans: int


@dataclass(frozen=True)
class DatabaseSample:
    """What the watch asks every few seconds; cheap, and never waiting for a lock."""

    totals: DatabaseTotals
    blocked: tuple[BlockedSession, ...]
    scans: tuple[TableScans, ...]
    invalid_indexes: tuple[str, ...]
    replica_lag_seconds: float | None


@dataclass(frozen=True)
class Obstacle:
    """A session that would make a migration wait, and with it everybody behind it.

    Attributes:
        kind: `long transaction`, `idle in transaction`, `dump`, `autovacuum to prevent wraparound`.
        table_names: the tables it holds, schema-qualified.
    """

    pid: int
    kind: str
    application_name: str
    client: str
    seconds: float
    query: str
    table_names: tuple[str, ...]

    @property
    def says(self) -> str:
        """One line."""
        who = self.application_name or self.client or "?"
        on = f" on {', '.join(self.table_names[:3])}" if self.table_names else ""
        return f"{self.kind}{on}: pid {self.pid} ({who}) for {self.seconds:.0f} s: {self.query[:60]!r}"
