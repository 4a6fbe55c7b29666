"""Protocols of the doors: everything that lies outside is reached through one of these.

Adapters implement them, fakes imitate them, and a contract test runs the same suite on both.
All calls are synchronous. Every door raises `DeployError` for what an operator can cause
(daemon gone, wrong password, no disk), never a library's own exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from deploy.model.check_request import MigrationSource, ProjectLook
from deploy.model.containers import Container, EngineVersion, HttpAnswer, ProbeOutcome, Slot, SlotState
from deploy.model.database import Backup, DatabaseState
from deploy.model.deployments import Actor, Deployment, DeploymentState, Plan, PlannedStep, StepState
from deploy.model.rates import Rates
from deploy.model.releases import Image, Release, ReleaseState, RevisionGraph, RevisionKind
from deploy.model.risk import RevisionSql
from deploy.model.row_question import RowQuestion
from deploy.model.snapshot import Snapshot
from deploy.model.trace import SqlFile, StatementShape, TracedRun


class Compose(Protocol):
    """The `docker compose` v2 command line, for what the SDK has not: up and config."""

    def version(self) -> str:
        """The plugin's version, `2.40.3`. Raises BlockedError where v2 is missing."""

    def config(self, environment: Mapping[str, str]) -> Mapping[str, Any]:
        """The rendered file, all profiles. Raises UsageError naming an unset variable or the bad line."""

    def up(
        self,
        service_name: str,
        *,
        environment: Mapping[str, str],
        scale: int | None = None,
        profile: str | None = None,
        has_recreate: bool = True,
        has_force_recreate: bool = False,
    ) -> None:
        """`up -d --no-deps --pull never SERVICE`; environment is added to the process's own.

        Returning proves nothing but that the containers were created: read the state back.
        Raises StepFailed with compose's last lines.
        """


class Images(Protocol):
    """Images and tags of this machine, and the registry behind them."""

    def pull(self, reference: str, say: Callable[[str], None]) -> Image:
        """Pull and return. Raises BlockedError: not found, denied, registry down (each names the reference)."""

    def find(self, reference: str) -> Image | None:
        """The local image of this reference or id; None where there is none."""

    def tag(self, image_id: str, reference: str) -> None:
        """Make `reference` name this image."""

    def untag(self, reference: str) -> None:
        """Remove this name; the image goes too when it was its last name and nothing uses it. Missing is fine."""


class Containers(Protocol):
    """Containers of the compose project, found by label, never by name."""

    def engine_version(self) -> EngineVersion:
        """What answers. Raises BlockedError when nothing does."""

    def list(self, service_name: str) -> tuple[Container, ...]:
        """All containers of a service in any state, oldest first; one-off ones left out."""

    def inspect(self, container_id: str) -> Container | None:
        """One container; None when it is gone."""

    def stop(self, container_id: str, grace_seconds: int) -> None:
        """SIGTERM, then SIGKILL after the grace. Gone or stopped is fine."""

    def remove(self, container_id: str) -> None:
        """Remove by force. Gone is fine."""

    def logs(self, container_id: str, tail_lines: int) -> str:
        """The last lines, both streams; empty when it is gone."""

    def follow_logs(self, container_id: str) -> AbstractContextManager[Iterator[str]]:
        """Lines as they come until the container ends; leaving the context closes the stream."""

    def run_probe(
        self,
        image_id: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        mounts: Mapping[Path, Path] | None = None,
        network_mode: str = "none",
        timeout_seconds: float = 60,
    ) -> ProbeOutcome:
        """Run a short-lived container of the image (its entrypoint replaced) and remove it.

        `mounts` are directories of this machine and where the container sees them.

        Exit code 127 when the image has no such program, as a shell would say.
        """


class Edge(Protocol):
    """HAProxy's runtime socket."""

    def is_reachable(self) -> bool:
        """Whether the socket answers."""

    def slots(self) -> tuple[Slot, ...]:
        """All slots of the application's backend. Raises StepFailed when the socket does not answer."""

    def set_state(self, slot_name: str, state: SlotState) -> None:
        """`set server app/<slot> state …`."""


class Database(Protocol):
    """PostgreSQL behind named questions; no general execute."""

    def observe(self) -> DatabaseState:
        """One look. Raises BlockedError: unreachable, wrong password, no such database (each names host and port)."""

    def take_deployment_lock(self) -> None:
        """The advisory lock on a connection of its own. Raises LockedError naming who holds it. Twice is fine."""

    def release_deployment_lock(self) -> None:
        """Free it; harmless when it is not held."""

    def blockers(self) -> tuple[str, ...]:
        """One line a session that holds a table lock longer than a few seconds: pid, age, state, query's beginning."""

    def close(self) -> None:
        """End all connections."""


class Backups(Protocol):
    """pg_dump and the backup directory."""

    def sweep_partial_files(self) -> tuple[str, ...]:
        """Remove what killed dumps left; returns the names."""

    def client(self, server_major: int) -> str:
        """Which pg_dump would be used: `container db 15.18`. Raises BlockedError when none of this major is at hand."""

    def create(
        self,
        database: DatabaseState,
        deployment_id: str | None,
        *,
        say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        """Dump, hash, fsync, decode whole, rename. On any failure nothing is left. Raises StepFailed."""

    def exists(self, file_name: str) -> bool:
        """Whether the finished file is there."""

    def delete(self, file_name: str) -> None:
        """Remove one backup file; missing is fine."""


class Migrations(Protocol):
    """Alembic, inside the image that ships the revisions. Nothing here touches the database."""

    def graph(self, image_id: str) -> RevisionGraph:
        """All revisions of the image. Raises BlockedError when the image has no readable Alembic project."""

    def render_sql(
        self, image_id: str, database_revision_ids: Sequence[str], pending_ids: Sequence[str]
    ) -> tuple[RevisionSql, ...]:
        """Offline SQL per pending revision, in this order; one that cannot be rendered says why."""


class Http(Protocol):
    """GET, nothing else."""

    def get(self, url: str, timeout_seconds: float) -> HttpAnswer | None:
        """The answer, whatever its status; None when there was none (refused, reset, timed out)."""


class Clock(Protocol):
    """Time, so that tests can own it."""

    def now(self) -> datetime:
        """Aware UTC."""

    def monotonic(self) -> float:
        """Seconds, never going back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Disk(Protocol):
    """Free space."""

    def free_bytes(self, path: Path) -> int:
        """Free for us on the file system that holds the path (or its nearest existing parent)."""


class Ledger(Protocol):
    """What must survive a crash. Each call is durable when it returns, or raises StepFailed."""

    def begin_deployment(self, plan: Plan, actor: Actor, release: Release | None) -> str:
        """Save the plan (and the candidate release) before the first step; returns the deployment's id."""

    def record_step(
        self, deployment_id: str, position: int, name: str, state: StepState, detail: str = "",
        duration_seconds: float | None = None,
    ) -> None:
        """Append to the journal."""

    def end_deployment(self, deployment_id: str, state: DeploymentState, exit_code: int, outcome: str) -> None:
        """Close it. Closing twice keeps the first."""

    def unfinished(self) -> Deployment | None:
        """The deployment that blocks the next one."""

    def deployments(self, limit: int) -> tuple[Deployment, ...]:
        """Newest first."""

    def deployment(self, deployment_id: str) -> Deployment | None:
        """One, by id."""

    def next_release_number(self) -> int:
        """One above the highest ever used."""

    def releases(self) -> tuple[Release, ...]:
        """All, newest number first."""

    def set_release_state(self, number: int, state: ReleaseState) -> None:
        """Good, bad, pruned."""

    def current_release(self) -> Release | None:
        """The release that production runs, by our record."""

    def set_current_release(self, number: int | None) -> None:
        """Record which release production runs; None: none."""

    def record_backup(self, backup: Backup) -> None:
        """Record a finished backup."""

    def forget_backup(self, file_name: str) -> None:
        """Record that its file was pruned; the row stays, marked."""

    def backups(self) -> tuple[Backup, ...]:
        """Those not pruned, newest first."""

    def cached_graph(self, image_id: str) -> RevisionGraph | None:
        """The graph of an image that was read before (an image id never changes its content)."""

    def cache_graph(self, image_id: str, graph: RevisionGraph) -> None:
        """Remember it."""

    def known_graphs(self) -> tuple[RevisionGraph, ...]:
        """All remembered graphs, newest first."""

    def record_revision_kinds(self, kinds: Mapping[str, RevisionKind]) -> None:
        """Remember what a revision does to older code (an applied revision never changes)."""

    def revision_kinds(self) -> Mapping[str, RevisionKind]:
        """All that is remembered, by revision id."""


class StopRequest(Protocol):
    """SIGINT and SIGTERM, as a question."""

    def is_requested(self) -> bool:
        """Whether the operator asked to stop (never true while shielded)."""

    def raise_if_requested(self) -> None:
        """Raises InterruptedByOperator."""

    def shielded(self) -> AbstractContextManager[None]:
        """Inside, a first signal is remembered but not raised: undo must not be cut."""


class Reporter(Protocol):
    """Where lines for the operator go. It never raises: a lost terminal must not stop a deployment."""

    def say(self, line: str) -> None:
        """A line about the present step."""

    def log(self, line: str) -> None:
        """A line of somebody else's log (the migration's)."""

    def warn(self, line: str) -> None:
        """A line that must not be missed."""

    def step_began(self, position: int, total: int, step: PlannedStep, *, is_undo: bool = False) -> None:
        """A step starts."""

    def step_ended(
        self, position: int, total: int, step: PlannedStep, *, outcome: str, is_ok: bool, seconds: float,
        is_undo: bool = False,
    ) -> None:
        """A step ended; outcome is its one-line result."""


class Snapshots(Protocol):
    """Production's schema and sizes, read only."""

    def take(self) -> Snapshot:
        """One look. Raises BlockedError: unreachable, or no pg_dump at hand."""

    def ask_rows(self, questions: Sequence[RowQuestion]) -> tuple[bool | None, ...]:
        """Yes or no to each, read-only and with a time limit; None where there was no answer in time."""


class Scratch(Protocol):
    """Alembic projects, and throw-away servers to try their migrations on."""

    def look(
        self, source: MigrationSource, from_ids: Sequence[str], to_ids: Sequence[str] | None
    ) -> ProjectLook:
        """The project's revisions, and the offline SQL of those between. Raises BlockedError: not readable."""

    def trace(
        self, source: MigrationSource, snapshot: Snapshot | None, stages: Sequence[Mapping[str, Any]],
        shape_of: Callable[[str], StatementShape], say: Callable[[str], None],
    ) -> TracedRun:
        """Run the project's own upgrade on a scratch server with this schema, and watch.

        Raises BlockedError: no server at hand, or its schema could not be made.
        """

    def trace_sql(
        self, sql_files: Sequence[SqlFile], snapshot: Snapshot | None, shape_of: Callable[[str], StatementShape]
    ) -> TracedRun:
        """The same for plain SQL."""

    def measure_rates(self) -> Rates:
        """How fast a scratch server of this machine works: about two seconds. Raises BlockedError: none at hand."""


@dataclass(frozen=True)
class World:
    """All doors. Rehearsal hands the same steps another one."""

    compose: Compose
    images: Images
    containers: Containers
    edge: Edge
    database: Database
    backups: Backups
    migrations: Migrations
    http: Http
    clock: Clock
    disk: Disk
    ledger: Ledger
    scratch: Scratch
    snapshots: Snapshots
    stop: StopRequest
    reporter: Reporter
