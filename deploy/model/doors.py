"""Protocols of the doors: everything that lies outside is reached through one of these.

Adapters implement them, fakes imitate them, and a contract test runs the same suite on both.
All calls are synchronous. Every door raises `DeployError` for what an operator can cause
(daemon gone, wrong password, no disk), never a library's own exception.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self

from deploy.model.backups import (
    Backup,
    BackupRecord,
    Copy,
    ExternalBackup,
    Occasion,
    RestoredAside,
)
from deploy.model.check_request import MigrationSource, ProjectLook
from deploy.model.checklist import StoredChecklist
from deploy.model.compose_overlay import ComposeOverlay
from deploy.model.containers import (
    Container,
    EngineVersion,
    HttpAnswer,
    ProbeOutcome,
    ServiceGround,
    Slot,
    SlotState,
)
from deploy.model.data_checks import DataChecks
from deploy.model.database import DatabaseState
from deploy.model.deployments import Actor, Deployment, DeploymentState, Plan, StepRecord, StepState
from deploy.model.end_state import DEFAULT_NAMES, ProductionState, ProjectNames
from deploy.model.pinned_images import PinnedImage
from deploy.model.planned_step import PlannedStep
from deploy.model.rates import Rates
from deploy.model.releases import Image, Leaving, Release, ReleaseState, RevisionGraph, RevisionKind
from deploy.model.restore_doors import Restores
from deploy.model.risk import RevisionSql
from deploy.model.row_question import RowQuestion
from deploy.model.schema_objects import SchemaLook
from deploy.model.snapshot import Snapshot
from deploy.model.trace import SqlFile, StatementShape, TracedRun
from deploy.model.watch_doors import WatchDoors
from deploy.model.watching import EdgeCounters, WatchReport


class Compose(Protocol):
    """The `docker compose` v2 command line, for what the SDK has not: up and config."""

    def version(self) -> str:
        """The plugin's version, `2.40.3`. Raises BlockedError where v2 is missing."""

    def overlay(self) -> ComposeOverlay:
        """What is laid over the project's compose files; empty where nothing is."""

    def keep(self, release: str, images: Mapping[str, PinnedImage]) -> None:
        """Keep the file as it is rendered for this release; from now on its containers are made by that.

        `images`: by service, those that do not run the application's.

        Raises UsageError as `config`, StepFailed where it cannot be written.
        """

    def kept(self, release: str) -> Mapping[str, Any] | None:
        """What is kept for a release; None where nothing is."""

    def put_back(self, release: str) -> None:
        """What was kept before the last `keep`, where something was. Raises StepFailed."""

    def forget(self, release: str) -> None:
        """Remove what is kept for a release; harmless where nothing is."""

    def config(self, environment: Mapping[str, str]) -> Mapping[str, Any]:
        """The rendered file, all profiles. Raises UsageError naming an unset variable or the bad line."""

    def build(self, service_name: str) -> str:
        """Build a service's image by the project's own files; returns the reference that it bears.

        Raises BlockedError where the file has no `build:` for it, or the build fails.
        """

    def config_hashes(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        """Of each service, what Compose would label a container with that it made with this environment now.

        Raises UsageError as `config`.
        """

    def up(
        self,
        service_name: str,
        *,
        environment: Mapping[str, str],
        scale: int | None = None,
        profile: str | None = None,
        has_recreate: bool = True,
        has_force_recreate: bool = False,
        command: Sequence[str] = (),
        image_id: str = "",
        labels: Mapping[str, str] | None = None,
        is_as_written: bool = False,
    ) -> None:
        """`up -d --no-deps --pull never SERVICE`; environment is added to the process's own.

        A RELEASE in it whose file was kept is made by that file; `is_as_written`: by the project's own files, without
        what is laid over them. `command` and `image_id` replace the compose file's, where they are given; `labels` are
        added to them.

        Returning proves nothing but that the containers were created: read the state back.
        Raises StepFailed with compose's last lines.
        """

    def start_beside(
        self, service_name: str, container_name: str, *, environment: Mapping[str, str],
        container_environment: Mapping[str, str],
    ) -> None:
        """Start a one-off container of the service, under this name and not under the service's: no edge finds it.

        It has the service's command, variables, networks, mounts and health check, and no published port; it is not
        started again when it ends. `container_environment` stands in a command line. Raises StepFailed.
        """


class Images(Protocol):
    """Images and tags of this machine, and the registry behind them."""

    def pull(self, reference: str, say: Callable[[str], None]) -> Image:
        """Pull and return. Raises BlockedError: not found, denied, registry down (each names the reference)."""

    def find(self, reference: str) -> Image | None:
        """The local image of this reference or id; None where there is none."""

    def start_words(self, image_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Entry point and command of an image that is here; both empty where it has none, or is gone."""

    def tag(self, image_id: str, reference: str) -> None:
        """Make `reference` name this image."""

    def tags(self, repository: str) -> Mapping[str, Image]:
        """Every tag of this repository on this machine, and the image that it names."""

    def untag(self, reference: str) -> None:
        """Remove this name; the image goes too when it was its last name and nothing uses it. Missing is fine."""


class Containers(Protocol):
    """Containers of the compose project, found by label, never by name."""

    def engine_version(self) -> EngineVersion:
        """What answers. Raises BlockedError when nothing does."""

    def list(self, service_name: str) -> tuple[Container, ...]:
        """All containers of a service in any state, oldest first; one-off ones left out."""

    def inspect(self, container_id: str) -> Container | None:
        """One container, by its id or its name; None when it is gone."""

    def start(self, container_id: str) -> None:
        """Start one that has ended; running is fine. Raises StepFailed: it is gone, or the engine cannot."""

    def stop(self, container_id: str, grace_seconds: int) -> None:
        """SIGTERM, then SIGKILL after the grace. Gone or stopped is fine."""

    def remove(self, container_id: str) -> None:
        """Remove by force. Gone is fine."""

    def signal(self, container_id: str, name: str) -> None:
        """Send its first process a signal, `SIGUSR2`. Raises StepFailed: it is gone, or does not run."""

    def logs(self, container_id: str, tail_lines: int) -> str:
        """The last lines, both streams; empty when it is gone."""

    def run_inside(self, container_id: str, command: Sequence[str], timeout_seconds: float) -> ProbeOutcome:
        """Run a command in a running container; exit code 127 where it has no such program, 124: not in time."""

    def follow_logs(self, container_id: str) -> AbstractContextManager[Iterator[str]]:
        """Lines as they come until the container ends; leaving the context closes the stream."""

    def sweep_helpers(self) -> tuple[str, ...]:
        """Remove this project's short-lived containers whose process has died; returns their names."""

    def run_probe(
        self,
        image_id: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        mounts: Mapping[Path, Path] | None = None,
        network_mode: str = "none",
        timeout_seconds: float = 60,
        ground: ServiceGround | None = None,
    ) -> ProbeOutcome:
        """Run a short-lived container of the image (its entrypoint replaced) and remove it.

        `mounts` are directories of this machine and where the container sees them; `ground` is what a compose service
        would give it, which `environment` overrides.

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

    def has_last_resort(self) -> bool:
        """Whether somebody is asked where no check passes; not so in configurations of before. Raises StepFailed."""

    def set_last_resort(self, addresses: Collection[str] | None) -> None:
        """Which containers take requests while no check passes; None: whoever runs. Raises StepFailed."""

    def is_in_maintenance(self) -> bool:
        """Whether every request is answered with the maintenance page (503). Raises StepFailed: no answer."""

    def set_page(self, message: str, allowed: Sequence[str]) -> None:
        """The page's sentence, and the networks (CIDR) that see the application all the same. Raises StepFailed."""

    def set_maintenance(self, *, is_on: bool) -> None:
        """Switch the page; it is gone when the edge is started anew. Raises StepFailed."""

    def of(self, backend: str) -> Edge:
        """The same edge, for the slots of another of its backends."""

    def backends(self) -> frozenset[str]:
        """Those that it has now. Raises StepFailed: no answer."""

    def configuration(self) -> str:
        """What lies in the file that it reads when it starts; empty where none does."""

    def write_configuration(self, text: str) -> None:
        """Whole or not at all; nothing changes before it is reloaded. Raises StepFailed."""

    def process_id(self) -> int:
        """Of the process that answers now: another one after a reload. Raises StepFailed: no answer."""

    def keep_servers(self) -> None:
        """Write down addresses and states of all slots, for the process that a reload starts. Raises StepFailed."""

    def forget_servers(self) -> None:
        """Empty that. What starts later must not trust the addresses of today. Raises StepFailed."""

    def counters(self) -> EdgeCounters:
        """The backend's own counters since the edge was started. Raises StepFailed when the socket does not answer."""


class Database(Protocol):
    """PostgreSQL behind named questions; no general execute."""

    def observe(self) -> DatabaseState:
        """One look. Raises BlockedError: unreachable, wrong password, no such database (each names host and port)."""

    def look_at_schema(self) -> SchemaLook:
        """Every object of the catalog; waits for no table's lock. Raises BlockedError."""

    def indexes_being_built(self) -> tuple[str, ...]:
        """Names, as in a look, of indexes that a session builds just now: invalid, and no leftover."""

    def remove_leftover(self, name: str) -> None:
        """Run the removal of a leftover, by its name in a look; one that is gone is fine. Raises StepFailed."""

    def committed_since(self, next_transaction: int) -> int | None:
        """How many transactions that wrote anything committed since then, whoever's; None where that is not known.

        `next_transaction` is a look's. Raises BlockedError.
        """

    def take_deployment_lock(self) -> None:
        """The advisory lock on a connection of its own. Raises LockedError naming who holds it. Twice is fine."""

    def keep_deployment_lock(self) -> None:
        """Take it again where it was held and the server has ended its session. Raises LockedError."""

    def require_no_migration(self) -> None:
        """Raises LockedError naming the session of a migration that was started by hand."""

    def release_deployment_lock(self) -> None:
        """Free it; harmless when it is not held."""

    def mark_environment(self, environment_name: str) -> None:
        """Write on the database what it is (`production`), for sync_db.py. Raises BlockedError: it may not."""

    def blockers(self) -> tuple[str, ...]:
        """One line a session that holds a table lock longer than a few seconds: pid, age, state, query's beginning."""

    def close(self) -> None:
        """End all connections."""


class Backups(Protocol):
    """pg_dump and the backup directory."""

    def sweep_partial_files(self) -> tuple[str, ...]:
        """Remove what killed runs left; returns the names."""

    def client(self, server_major: int) -> str:
        """Which pg_dump would be used: `container db 15.18`. Raises BlockedError when none of this major is at hand."""

    def create(
        self, database: DatabaseState, occasion: Occasion, *, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        """Dump, count, hash, decode whole, read back, rename. On any failure nothing is left. Raises StepFailed."""

    def all(self) -> tuple[Backup, ...]:
        """The finished ones, newest first."""

    def damaged(self) -> tuple[str, ...]:
        """What lies in the directory like a backup and is none, and why."""

    def get(self, name: str) -> Backup:
        """One of them. Raises BlockedError."""

    def record(self, name: str, record: BackupRecord) -> None:
        """Note what was done with it. Raises StepFailed (`backup-not-written`: the record is as it was)."""

    def import_dump(
        self, path: Path, occasion: Occasion, *, has_owner: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        """A dump of another origin (a script, or an archive of pg_dump) becomes a backup; or nothing is left of it.

        Its manifest's warnings say what could not be proven. Raises BlockedError (no dump; cut off; of a cluster; rows
        differ), StepFailed.
        """

    def ask_external(self, *, is_stop_requested: Callable[[], bool]) -> ExternalBackup:
        """What the operator's own backup service proves (backup_external). Raises StepFailed."""

    def restore_aside(
        self, name: str, *, say: Callable[[str], None], is_stop_requested: Callable[[], bool]
    ) -> RestoredAside:
        """Check its files, restore it into a scratch server, read it there. Raises BlockedError, StepFailed."""

    def delete(self, name: str) -> None:
        """Remove one; missing is fine. Raises StepFailed."""


class Copies(Protocol):
    """Copies of backups off the machine. A target is a URL, as `parse_target` reads it, without secrets."""

    def targets(self) -> tuple[str, ...]:
        """Those of the settings."""

    def push(
        self, name: str, target: str, *, is_whole: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Copy:
        """Send what is not there yet, archive first, manifest last; with `is_whole` all of it is read back.

        Nothing is recorded here. Raises StepFailed (`copy-damaged`: what is there is not this backup), BlockedError,
        LockedError (another push of it), UsageError (no target).
        """

    def list(self, target: str) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
        """The copies there, newest first; and what lies there and is none. Raises StepFailed."""

    def pull(
        self, name: str, target: str, *, say: Callable[[str], None], is_stop_requested: Callable[[], bool]
    ) -> Backup:
        """Fetch a copy into the backup directory, every file checked by the manifest. Nothing is kept of a bad one.

        Raises BlockedError (it is here already, or not there), StepFailed.
        """

    def unfinished(self, target: str) -> tuple[str, ...]:
        """Names of which something is there, and no manifest. Raises StepFailed."""

    def delete(self, name: str, target: str) -> None:
        """Remove a copy, its manifest first; missing is fine. Raises StepFailed (`copy-denied`: it may not be)."""


class Migrations(Protocol):
    """Alembic, inside the image that ships the revisions. Nothing here touches the database."""

    def graph(self, image_id: str) -> RevisionGraph:
        """All revisions of the image. Raises BlockedError when the image has no readable Alembic project."""

    def render_sql(
        self, image_id: str, database_revision_ids: Sequence[str], pending_ids: Sequence[str]
    ) -> tuple[RevisionSql, ...]:
        """Offline SQL per pending revision, in this order; one that cannot be rendered says why."""

    def render_downgrade(self, image_id: str, revision_ids: Sequence[str]) -> tuple[RevisionSql, ...]:
        """The same for taking these back, in this order."""


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

    def begin_deployment(
        self, plan: Plan, actor: Actor, release: Release | None, beginning: ProductionState | None = None
    ) -> str:
        """Save the plan, the candidate release and what ran, before the first step; returns the deployment's id."""

    def beginning_of(self, deployment_id: str) -> ProductionState | None:
        """What ran when it began; None where that was not recorded."""

    def record_step(
        self, deployment_id: str, position: int, name: str, state: StepState, detail: str = "",
        duration_seconds: float | None = None,
    ) -> None:
        """Append to the journal."""

    def end_deployment(self, deployment_id: str, state: DeploymentState, exit_code: int, outcome: str) -> None:
        """Close it. Closing twice keeps the first."""

    @property
    def ledger_id(self) -> str:
        """Of this ledger; a copy of it bears the same."""

    def adopt(
        self, plan: Plan, actor: Actor, releases: Sequence[Release], current_number: int | None, outcome: str
    ) -> str:
        """Record releases that were read back from tags and labels, as one closed deployment; returns its id.

        A number that is known already stays as it is.
        """

    def unfinished(self) -> Deployment | None:
        """The deployment that blocks the next one."""

    def deployments(self, limit: int) -> tuple[Deployment, ...]:
        """Newest first."""

    def deployment(self, deployment_id: str) -> Deployment | None:
        """One, by id."""

    def journal_of(self, deployment_id: str) -> tuple[StepRecord, ...]:
        """Every journal entry, in the order in which they were written; empty where there is none."""

    def keep_schema(self, deployment_id: str, look: SchemaLook) -> None:
        """Keep the schema as it was before this deployment changed it; the first look of a deployment stays."""

    def kept_schema(self, deployment_id: str) -> SchemaLook | None:
        """What was kept; None where this deployment kept none, or it was given up for later ones."""

    def next_release_number(self) -> int:
        """One above the highest ever used."""

    def releases(self) -> tuple[Release, ...]:
        """All, newest number first."""

    def set_release_state(self, number: int, state: ReleaseState) -> None:
        """Good, bad, pruned."""

    def set_release_left(self, number: int, left: Leaving | None) -> None:
        """Production went away from it; None: that holds no longer."""

    def set_release_configuration(self, number: int, configuration: str) -> None:
        """The fingerprint of the compose service that it serves with."""

    def current_release(self) -> Release | None:
        """The release that production runs, by our record."""

    def set_current_release(self, number: int | None) -> None:
        """Record which release production runs; None: none."""


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

    def record_checklist(self, checklist: StoredChecklist) -> None:
        """Keep an answered list."""

    def checklists(self) -> tuple[StoredChecklist, ...]:
        """All that were kept, oldest first."""


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

    def watched(self, report: WatchReport) -> None:
        """One more sample of the watch after the switch."""


class Snapshots(Protocol):
    """Production's schema and sizes, read only."""

    def take(self) -> Snapshot:
        """One look. Raises BlockedError: unreachable, or no pg_dump at hand."""

    def ask_rows(self, questions: Sequence[RowQuestion]) -> tuple[bool | None, ...]:
        """Yes or no to each, read-only and with a time limit; None where there was no answer in time."""


class Scratch(Protocol):
    """Alembic projects, and scratch servers to try their migrations on."""

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
    """All doors. Rehearsal hands the same steps another one.

    Attributes:
        patience_seconds: how long a step waits for an engine or a database that is away.
        names: by which services and tags are asked for.
    """

    compose: Compose
    images: Images
    containers: Containers
    edge: Edge
    database: Database
    backups: Backups
    copies: Copies
    restores: Restores
    migrations: Migrations
    http: Http
    clock: Clock
    disk: Disk
    ledger: Ledger
    scratch: Scratch
    snapshots: Snapshots
    stop: StopRequest
    reporter: Reporter
    watch: WatchDoors
    data_checks: DataChecks
    patience_seconds: float = 120
    names: ProjectNames = DEFAULT_NAMES

    def with_edge(self, edge: Edge) -> Self:
        """The same doors, with another view of the edge."""
        return replace(self, edge=edge)
