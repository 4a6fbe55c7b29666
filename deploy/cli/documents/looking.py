"""What commands that only look say in `--json`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from deploy.cli.documents.backups import BackupFacts
from deploy.cli.documents.deployments import DeploymentFacts, LeftFacts
from deploy.model.data_checks import DataResult
from deploy.model.machine import MachineRates
from deploy.model.monitoring import BlockedSession, DatabaseTotals, IndexUse, Replica, Session
from deploy.model.watching import ContainerUse, EdgeCounters


class ContainerFacts(TypedDict):
    """One container, as Docker tells it."""

    name: str
    status: str
    health: str
    image_id: str
    restart_count: int


class SlotFacts(TypedDict):
    """One server of the edge."""

    name: str
    address: str | None
    state: str
    is_serving: bool


class AnswerFacts(TypedDict):
    """Of the health endpoint."""

    status: int
    seconds: float


class DatabaseFacts(TypedDict):
    """Production's database."""

    name: str
    server_version: str
    revisions: list[str]
    revision_problem: str | None
    size_bytes: int


class PointFacts(TypedDict):
    """Something that is wrong, not known, or open."""

    area: str
    state: Literal["wrong", "not-known", "open"]
    says: str
    next_command: str | None


class KeptDatabaseFacts(TypedDict):
    """What a restore left."""

    name: str
    size_bytes: int


class StatusDocument(TypedDict):
    """`status`; what was not known is null or empty, and `points` says so."""

    ok: bool
    release: str | None
    image_id: str | None
    left: list[LeftFacts]
    containers: list[ContainerFacts]
    edge: list[ContainerFacts]
    slots: list[SlotFacts] | None
    answer: AnswerFacts | None
    database: DatabaseFacts | None
    newest_backup: BackupFacts | None
    newest_verified_backup: BackupFacts | None
    last_deployment: DeploymentFacts | None
    unfinished: str | None
    is_being_watched: bool
    is_under_way: bool
    problems: list[str]
    open_points: list[str]
    points: list[PointFacts]
    next_command: str | None
    kept_databases: list[KeptDatabaseFacts]


class CheckFacts(TypedDict):
    """One question of `health`."""

    name: str
    ok: bool
    is_known: bool
    says: str


class HealthDocument(TypedDict):
    """`health`, and `--health-check` alone."""

    ok: bool
    checks: list[CheckFacts]
    next_command: str | None


class MonitoredTable(TypedDict):
    """A table's size and use; the field names of deploy/model/monitoring.py."""

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
    dead_percent: float


class OverviewFacts(TypedDict):
    """One look at the database."""

    at: datetime
    totals: DatabaseTotals
    revision_ids: list[str]
    sessions: list[Session]
    blocked: list[BlockedSession]
    tables: list[MonitoredTable]
    indexes: list[IndexUse]
    invalid_indexes: list[str]
    replicas: list[Replica]
    problems: list[str]
    revision_problem: str


class MonitorDocument(TypedDict):
    """`monitor`; with `--watch` one document a line."""

    database: OverviewFacts


class WatchedRates(TypedDict):
    """What happened between two samples; `machine` says how busy it was."""

    seconds: float
    responses: int
    failed: int
    average_ms: float | None
    average_error_ms: float
    deadlocks: int
    scans_per_second: dict[str, float]
    overloaded: int
    table_scans: int
    machine: MachineRates | None
    failed_percent: float


class WatchFinding(TypedDict):
    """`counts`: whether it counts against the release; `held_because`: why it does not now."""

    kind: str
    says: str
    counts: bool
    held_because: str


class WatchSampleDocument(TypedDict):
    """`watch`: one sample, one line."""

    event: Literal["sample"]
    number: int
    elapsed_seconds: float
    total_seconds: float
    edge: EdgeCounters | None
    rates: WatchedRates | None
    containers: list[ContainerUse]
    restart_count: int
    out_of_memory_count: int
    log: dict[str, int]
    probe_seconds: float | None
    database: DatabaseTotals | None
    blocked: list[str]
    problems: list[str]
    findings: list[WatchFinding]
    breaches: list[WatchFinding]
    undecided: list[WatchFinding]


class WatchEndedDocument(TypedDict):
    """`watch`: its last line."""

    event: Literal["ended"]
    passed: bool
    samples: int
    elapsed_seconds: float
    breaches: list[WatchFinding]
    undecided: list[WatchFinding]


class LeftoverFacts(TypedDict):
    """An object that a failed schema change left, and the statement that takes it away."""

    name: str
    condition: str
    removal: str


class SchemaDifferenceFacts(TypedDict):
    """What differs from before the last deployment."""

    says: str
    removal: str | None


class LeftoversFacts(TypedDict):
    """What was found and removed."""

    unfinished: list[LeftoverFacts]
    being_built: list[str]
    removed: list[str]
    deployment: str | None
    differs: list[SchemaDifferenceFacts]
    unknown: str | None
    moved: str | None
    next: str


class LeftoversDocument(TypedDict):
    """`leftovers`."""

    leftovers: LeftoversFacts


class AccessoryFacts(TypedDict):
    """A service that is no part of a release; `changes` are sentences."""

    service: str
    role: str
    image: str
    state: str
    changes: list[str]
    is_database: bool
    not_started_because: str | None
    containers: list[ContainerFacts]
    next_command: str | None


class AccessoriesDocument(TypedDict):
    """`accessories`; a `state` is `as-the-file-says`, `changed-since`, `stopped` or `absent`."""

    accessories: list[AccessoryFacts]


class AccessoryUpDocument(TypedDict):
    """`accessories up`; `what` is `nothing`, `start`, `make` or `recreate`. `is_done` is false with `--plan`."""

    accessory: AccessoryFacts
    what: str
    says: str
    needs_approval: str
    name_to_type: str | None
    is_done: bool
    away_seconds: float | None
    warnings: list[str]


class MaintenanceFacts(TypedDict):
    """`is_on` is null where the edge does not answer."""

    is_on: bool | None
    since: datetime | None
    user: str | None
    message: str | None
    allowed: list[str]


class MaintenanceDocument(TypedDict):
    """`maintenance on`, `off`, `status`."""

    maintenance: MaintenanceFacts


class DataVerdictFacts(TypedDict):
    """Whether one data check holds."""

    name: str
    is_ok: bool
    says: str


class VerifyDocument(TypedDict):
    """`verify`."""

    is_ok: bool
    checks: list[DataVerdictFacts]
    results: list[DataResult]


class ErrorEntryFacts(TypedDict):
    """One kind of error."""

    reference: str
    exit_codes: list[int]
    means: str
    helps: str


class ExplainDocument(TypedDict):
    """`explain`."""

    errors: list[ErrorEntryFacts]
