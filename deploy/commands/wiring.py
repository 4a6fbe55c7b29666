"""The one place that chooses adapters: Settings become a World."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import docker

from deploy.adapters.backups.external import ExternalCommand
from deploy.adapters.backups.pg_backups import BackupOptions, PgBackups
from deploy.adapters.backups.production import PgRestores
from deploy.adapters.clock import SystemClock
from deploy.adapters.compose import DockerCompose
from deploy.adapters.container_usage import DockerUsage
from deploy.adapters.containers import DockerContainers
from deploy.adapters.copies.backup_copies import BackupCopies, CopyOptions
from deploy.adapters.data_checks import ProjectDataChecks
from deploy.adapters.deployment_lock import BothLocks
from deploy.adapters.disk import LocalDisk
from deploy.adapters.edge import HaproxyEdge
from deploy.adapters.engine import LazyClient, connect, socket_name
from deploy.adapters.http import PlainHttp
from deploy.adapters.images import DockerImages
from deploy.adapters.kept_configurations import KeptConfigurations
from deploy.adapters.ledger.sqlite_ledger import SqliteLedger
from deploy.adapters.ledger.unreadable import UnreadableLedger
from deploy.adapters.log_file import KeptReporter, read_log
from deploy.adapters.machine import LocalMachine
from deploy.adapters.notices.sending import SentNotices
from deploy.adapters.postgres.address import DatabaseAddress, parse_database_url
from deploy.adapters.postgres.data_questions import ask_files
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.postgres.monitoring import PostgresMonitoring
from deploy.adapters.postgres.snapshot import PostgresSnapshots
from deploy.adapters.state_lock import state_lock
from deploy.adapters.watch_records import FileRecords
from deploy.checking.alembic.image_environment import AlembicInImage
from deploy.checking.commands.sources import ground_of
from deploy.checking.measuring.scratch_servers import ScratchServers
from deploy.checks.one_ledger import ledger_mark
from deploy.commands.compose_overlay import overlay_file
from deploy.commands.database_service import naming_the_service
from deploy.commands.observe import observe_actor
from deploy.commands.preflight import placeholders
from deploy.commands.production_address import (
    is_productions_server,
    production_address,
    server_containers,
    with_route,
)
from deploy.commands.version_table import version_table_of
from deploy.engine.stop_signals import StopSignals
from deploy.model.deployment_record import LogLine
from deploy.model.doors import Backups, Copies, Reporter, Scratch, Snapshots, World
from deploy.model.end_state import ProjectNames
from deploy.model.errors import BlockedError, UsageError
from deploy.model.releases import VersionTable
from deploy.model.restore_doors import Restores
from deploy.model.watch_doors import Monitoring, WatchDoors
from deploy.settings.migration_words import entry_words
from deploy.settings.schema import Settings
from deploy.steps.registry import read_plan

SOCKET_NAME = "admin.sock"


@contextmanager
def open_world(
    settings: Settings, reporter: Reporter, *, command: str, is_exclusive: bool = True,
    scratch_major: int | None = None, scratch_url: str = "", engine_seconds: float = 120,
) -> Iterator[World]:
    """All doors, closed again at the end.

    Args:
        is_exclusive: hold this machine's deployment lock, and answer signals by undoing.
        scratch_major / scratch_url: see ScratchServers.
        engine_seconds: how long one request to the Docker engine may take.

    Raises:
        LockedError: another deployment holds the lock.
    """
    address = production_address(settings)

    def version_table() -> VersionTable | None:
        return version_table_of(settings, ledger)

    database = PostgresDatabase(address, version_table=version_table)
    with ExitStack() as stack:
        lock = stack.enter_context(BothLocks(
            (lambda: state_lock(settings.state_directory, observe_actor(), command)) if is_exclusive else None, database
        ))
        if is_exclusive:
            reporter = KeptReporter(reporter, settings.state_directory, (*settings.secrets(), address.password))
        stop = StopSignals(reporter.warn)
        if is_exclusive:
            stack.enter_context(stop)
        client = LazyClient(engine_seconds)
        stack.callback(client.close)
        ledger = open_ledger(settings) if is_exclusive else _ledger_to_look_at(settings)
        stack.callback(ledger.close)
        stack.callback(database.close)
        monitoring = stack.enter_context(open_monitoring(settings))
        containers = DockerContainers(client, settings.project_name)
        restores = PgRestores(
            settings.backup_directory, address, lambda: server_containers(client, settings, address),
            lambda: containers.engine_version().data_directory, settings.backup_identity_file, lambda: client,
            version_table,
        )
        stack.callback(restores.close)
        compose = DockerCompose(
            settings.project_name, settings.project_directory, settings.compose_files,
            settings.compose_environment() | _mark(settings, ledger), [*settings.secrets(), address.password],
            settings.compose_env_file, overlay_file(settings, placeholders()),
            KeptConfigurations(settings.state_directory / "releases"),
        )
        world = World(
            compose=compose,
            images=DockerImages(client, settings.image_repository),
            containers=containers,
            edge=HaproxyEdge(
                settings.edge_run / SOCKET_NAME, configuration_path=settings.edge_directory / "haproxy.cfg"
            ),
            database=database,
            backups=PgBackups(
                settings.backup_directory, address, lambda: server_containers(client, settings, address),
                backup_options(settings), lambda: client, version_table,
            ),
            copies=open_copies(settings),
            restores=restores,
            migrations=AlembicInImage(
                containers, settings.alembic_ini, settings.environment, lambda: ground_of(compose, settings),
                entry_words(settings.migration_command),
            ),
            http=PlainHttp(),
            clock=SystemClock(),
            disk=LocalDisk(),
            ledger=ledger,
            scratch=ScratchServers(
                containers, client, scratch_major, scratch_url,
                lambda: scratch_images(settings, server_containers(client, settings, address)),
            ),
            snapshots=PostgresSnapshots(
                address, lambda: server_containers(client, settings, address), version_table
            ),
            stop=stop,
            reporter=reporter,
            data_checks=ProjectDataChecks(
                settings.project_directory / settings.verify_directory, compose.run_once, settings.app_service,
                [*settings.secrets(), address.password], settings.verify_timeout_seconds,
                lambda paths, seconds: ask_files(address, paths, seconds),
            ),
            watch=WatchDoors(
                monitoring=monitoring,
                usage=DockerUsage(client, settings.project_name),
                machine=LocalMachine(
                    is_engine_here=socket_name().startswith("unix://"), database_name=address.database_name
                ),
                lock=lock,
                notices=SentNotices(
                    settings.notice_secrets(), [*settings.secrets(), address.password], reporter.warn
                ),
                records=FileRecords(settings.state_directory, settings.metrics_file, reporter.warn),
            ),
            patience_seconds=settings.patience_seconds,
            names=ProjectNames(
                settings.app_service, settings.edge_service, settings.tag_repository, settings.compose_command
            ),
        )
        with naming_the_service(world, settings):
            yield world


def _mark(settings: Settings, ledger: SqliteLedger | UnreadableLedger) -> dict[str, str]:
    """What the application's containers bear, so that another checkout knows whose they are."""
    if isinstance(ledger, UnreadableLedger):
        return {}
    return {"LEDGER": ledger_mark(ledger.ledger_id, settings.state_directory)}


@dataclass(frozen=True)
class CheckDoors:
    """What a check needs of the outside; `snapshots` is None where no database was named."""

    scratch: Scratch
    snapshots: Snapshots | None


def check_doors(
    database_url: str, major: int | None = None, scratch_url: str = "", settings: Settings | None = None
) -> CheckDoors:
    """Doors for a project in a directory, or for plain SQL: no engine, unless the database is in a container.

    Args:
        settings: of the project, where there are any; they tell whose containers a host may be.

    Raises:
        UsageError: the URL cannot be read.
    """
    snapshots = PostgresSnapshots(parse_database_url(database_url), tuple) if database_url else None
    if settings is not None and database_url == settings.host_database_url:
        address = production_address(settings)
        if address.route is not None:
            snapshots = PostgresSnapshots(address, lambda: _containers_if_any(settings, address))
    return CheckDoors(ScratchServers(None, None, major, scratch_url), snapshots)


def _containers_if_any(settings: Settings, address: DatabaseAddress) -> Sequence[Mapping[str, str]]:
    with ExitStack() as stack:
        client = _engine_if_any(stack)
        return server_containers(client, settings, address) if client else ()


@contextmanager
def open_elsewhere(settings: Settings, url: str) -> Iterator[Restores]:
    """Another server, or another database of production's: where a backup is restored without touching production.

    Raises:
        UsageError: the URL holds a password, cannot be read, or is production's own database.
    """
    address = parse_database_url(url, "--to-url")
    if address.password:
        raise UsageError(
            "--to-url holds a password, which every user of this machine can read in the list of processes",
            hint="leave it out of the URL, and put it into PGPASSWORD", reference="password-in-arguments",
        )
    address = with_route(settings, address, is_from_here=True)
    if address.database_name == production_address(settings).database_name and is_productions_server(settings, address):
        raise UsageError(
            f"--to-url names production's own database, {address.place}",
            hint="leave --to-url out to restore production", reference="server-is-production",
        )
    address = replace(address, password=os.environ.get("PGPASSWORD", ""))
    with ExitStack() as stack:
        def containers() -> Sequence[Mapping[str, str]]:
            client = _engine_if_any(stack)
            return server_containers(client, settings, address) if client else ()

        restores = PgRestores(
            settings.backup_directory, address, containers, lambda: None, settings.backup_identity_file
        )
        stack.callback(restores.close)
        yield restores


@dataclass(frozen=True)
class Vault:
    """The backups and the ledger alone: neither engine nor database is asked."""

    backups: Backups
    copies: Copies
    ledger: SqliteLedger

    def now(self) -> datetime:
        """Aware UTC."""
        return SystemClock().now()


@contextmanager
def open_vault(settings: Settings, *, command: str = "") -> Iterator[Vault]:
    """What a command about backups needs, where nothing is dumped or restored.

    Args:
        command: hold this machine's deployment lock under this name; empty for what only looks.

    Raises:
        LockedError: another deployment holds the lock.
    """
    with ExitStack() as stack:
        if command:
            stack.enter_context(state_lock(settings.state_directory, observe_actor(), command))
        ledger = open_ledger(settings)
        stack.callback(ledger.close)
        address = production_address(settings)

        def engine() -> docker.DockerClient | None:
            return _engine_if_any(stack)

        def containers() -> Sequence[Mapping[str, str]]:
            client = engine()
            return server_containers(client, settings, address) if client else ()

        backups = PgBackups(settings.backup_directory, address, containers, backup_options(settings), engine)
        yield Vault(backups, open_copies(settings), ledger)


def _engine_if_any(stack: ExitStack) -> docker.DockerClient | None:
    try:
        client = connect()
    except BlockedError:
        return None
    stack.callback(client.close)
    return client


def backup_options(settings: Settings) -> BackupOptions:
    """How backups are made here."""
    external = None
    if settings.backup_external is not None:
        words = settings.backup_external.get_secret_value()
        external = ExternalCommand(words, settings.backup_external_seconds, settings.secrets())
    return BackupOptions(
        settings.backup_compression, settings.backup_jobs, settings.backup_recipients,
        settings.backup_hash_below_bytes, settings.backup_identity_file, external, settings.scratch_image,
    )


def require_other_server(database_url: str, scratch_url: str, settings: Settings | None = None) -> None:
    """Refuse to try a migration on the server that production is on, whatever the database; empty URLs are none.

    Args:
        settings: of the project, where there are any: production may be in a container, which has several addresses.

    Raises:
        UsageError: they are one, or the URL cannot be read.
    """
    if not scratch_url or not database_url:
        return
    production, scratch = parse_database_url(database_url), parse_database_url(scratch_url, "--server")
    is_same = (production.machine, production.port) == (scratch.machine, scratch.port)
    if is_same or (settings is not None and is_productions_server(settings, scratch)):
        raise UsageError(
            f"--server names production's own server, {production.host}:{production.port}",
            hint="name another server, or leave --server out: the check then starts one",
            reference="server-is-production",
        )


def open_copies(settings: Settings) -> BackupCopies:
    """Copies off the machine; nothing is connected yet."""
    options = CopyOptions(settings.backup_copy_to, settings.backup_copy_bytes_per_second, settings)
    return BackupCopies(settings.backup_directory, options, SystemClock())


@contextmanager
def open_monitoring(settings: Settings) -> Iterator[Monitoring]:
    """The database's looks alone: no engine, no lock."""
    monitoring = PostgresMonitoring(production_address(settings), lambda: _kept_in(settings))
    try:
        yield monitoring
    finally:
        monitoring.close()


def _ledger_to_look_at(settings: Settings) -> SqliteLedger | UnreadableLedger:
    """One that cannot be opened keeps nobody from looking at the rest."""
    try:
        return open_ledger(settings)
    except BlockedError as error:
        return UnreadableLedger(error)


def _kept_in(settings: Settings) -> VersionTable | None:
    """For a look without the other doors."""
    ledger = _ledger_to_look_at(settings)
    try:
        return version_table_of(settings, ledger)
    finally:
        ledger.close()


def open_ledger(settings: Settings) -> SqliteLedger:
    """The ledger alone, for what only reads it."""
    return SqliteLedger(settings.state_directory, read_plan)


def read_watch_record(settings: Settings, deployment_id: str) -> Mapping[str, Any]:
    """What the watch kept of a deployment: numbers before and after; empty where nothing was watched."""
    return FileRecords(settings.state_directory, None, lambda _: None).load(deployment_id)


def kept_log(settings: Settings, since: datetime, until: datetime) -> tuple[LogLine, ...]:
    """What was said to the operator meanwhile."""
    return read_log(settings.state_directory, since, until)


def scratch_images(settings: Settings, containers: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """What a scratch server may be started from, beside our own image: what a setting names, production's own."""
    named = (settings.scratch_image,) if settings.scratch_image else ()
    return (*named, *(container["image"] for container in containers))
