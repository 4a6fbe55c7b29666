"""The one place that chooses adapters: Settings become a World."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import docker

from deploy.adapters.alembic_env import AlembicInImage
from deploy.adapters.clock import SystemClock
from deploy.adapters.compose import DockerCompose
from deploy.adapters.containers import DockerContainers
from deploy.adapters.disk import LocalDisk
from deploy.adapters.edge import HaproxyEdge
from deploy.adapters.engine import connect, translated
from deploy.adapters.http import PlainHttp
from deploy.adapters.images import DockerImages
from deploy.adapters.ledger.sqlite_ledger import SqliteLedger
from deploy.adapters.postgres.address import DatabaseAddress, parse_database_url
from deploy.adapters.postgres.backups import PgDumpBackups
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.postgres.snapshot import PostgresSnapshots
from deploy.adapters.scratch.door import ScratchServers
from deploy.adapters.state_lock import state_lock
from deploy.commands.observe import observe_actor
from deploy.engine.stop_signals import StopSignals
from deploy.model.doors import Reporter, Scratch, Snapshots, World
from deploy.model.errors import UsageError
from deploy.settings.schema import Settings

SOCKET_NAME = "admin.sock"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@contextmanager
def open_world(
    settings: Settings, reporter: Reporter, *, command: str, is_exclusive: bool = True,
    scratch_major: int | None = None, scratch_url: str = "",
) -> Iterator[World]:
    """All doors, closed again at the end.

    Args:
        is_exclusive: hold this machine's deployment lock, and answer signals by undoing.
        scratch_major / scratch_url: see ScratchServers.

    Raises:
        LockedError: another deployment holds the lock.
    """
    address = parse_database_url(settings.host_database_url)
    with ExitStack() as stack:
        if is_exclusive:
            stack.enter_context(state_lock(settings.state_directory, observe_actor(), command))
        stop = StopSignals(reporter.warn)
        if is_exclusive:
            stack.enter_context(stop)
        client = connect()
        stack.callback(client.close)
        ledger = open_ledger(settings)
        stack.callback(ledger.close)
        database = PostgresDatabase(address)
        stack.callback(database.close)
        containers = DockerContainers(client, settings.project_name)
        yield World(
            compose=DockerCompose(
                settings.project_name, settings.project_directory, settings.compose_files,
                settings.compose_environment(), [*settings.secrets(), address.password],
            ),
            images=DockerImages(client),
            containers=containers,
            edge=HaproxyEdge(settings.edge_run / SOCKET_NAME),
            database=database,
            backups=PgDumpBackups(
                settings.backup_directory, address, lambda: server_containers(client, settings, address)
            ),
            migrations=AlembicInImage(containers, settings.alembic_ini, settings.environment),
            http=PlainHttp(),
            clock=SystemClock(),
            disk=LocalDisk(),
            ledger=ledger,
            scratch=ScratchServers(containers, client, scratch_major, scratch_url),
            snapshots=PostgresSnapshots(address, lambda: server_containers(client, settings, address)),
            stop=stop,
            reporter=reporter,
        )


@dataclass(frozen=True)
class CheckDoors:
    """What a check needs of the outside; `snapshots` is None where no database was named."""

    scratch: Scratch
    snapshots: Snapshots | None


def check_doors(database_url: str, major: int | None = None, scratch_url: str = "") -> CheckDoors:
    """Doors for a project in a directory, or for plain SQL: no engine, no compose project.

    Raises:
        UsageError: the URL cannot be read.
    """
    snapshots = PostgresSnapshots(parse_database_url(database_url), tuple) if database_url else None
    return CheckDoors(ScratchServers(None, None, major, scratch_url), snapshots)


def require_other_server(database_url: str, scratch_url: str) -> None:
    """Refuse to try a migration on the server that production is on, whatever the database; empty URLs are none.

    Raises:
        UsageError: they are one, or the URL cannot be read.
    """
    if not scratch_url or not database_url:
        return
    production, scratch = parse_database_url(database_url), parse_database_url(scratch_url)
    hosts = {"127.0.0.1" if host in LOOPBACK else host for host in (production.host, scratch.host)}
    if len(hosts) == 1 and production.port == scratch.port:
        raise UsageError(
            f"--server names production's own server, {production.host}:{production.port}",
            hint="name another one, or leave --server away: a server is started for the check",
            reference="server-is-production",
        )


def open_ledger(settings: Settings) -> SqliteLedger:
    """The ledger alone, for what only reads it."""
    return SqliteLedger(settings.state_directory)


def server_containers(
    client: docker.DockerClient, settings: Settings, address: DatabaseAddress
) -> Sequence[Mapping[str, str]]:
    """Running containers that are the server: the one named in settings, or the one that publishes its port."""
    with translated():
        rows = client.api.containers()
    found = []
    for row in rows:
        name = row["Names"][0].lstrip("/")
        published = {str(p.get("PublicPort")) for p in row["Ports"] if p.get("PublicPort")}
        inner = next((p["PrivatePort"] for p in row["Ports"] if str(p.get("PublicPort")) == str(address.port)), None)
        is_named = settings.database_container in {name, row["Id"][:12]}
        is_ours = address.host in LOOPBACK and str(address.port) in published
        if is_named or (settings.database_container is None and is_ours):
            found.append({"id": row["Id"], "name": name, "port": str(inner or 5432)})
    return found
