"""Everything that can be known before anything is changed, asked at once and told at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deploy.checks.build_context import build_context_warning
from deploy.checks.compose_look import look_at_compose, start_limit_warning
from deploy.checks.compose_rules import compose_problems
from deploy.checks.edge_ground import edge_port_problems, edge_problems, edge_warning
from deploy.checks.migration_pooler import migration_pooler_problems
from deploy.checks.resources import connection_problems, disk_problems, dump_bytes
from deploy.checks.roles import role_problems
from deploy.checks.routes import route_problems
from deploy.checks.settings_labels import unknown_services
from deploy.commands.ending_watch import may_end_watch
from deploy.model.compose_look import ComposeLook
from deploy.model.database import DatabaseState
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.settings.schema import Settings

UNKNOWN_IMAGE_BYTES = 500_000_000
MIGRATING = (Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE, Mode.CONTRACT, Mode.DOWNGRADE)


def check_engine(world: World) -> None:
    """A Docker engine and Compose v2 must answer; podman is refused.

    Raises:
        BlockedError: naming what does not answer.
    """
    version = world.containers.engine_version()
    if version.is_podman:
        raise BlockedError(
            "podman answers on the Docker socket",
            hint="use Docker Engine: podman's compose reports success for a failed migration (measured)",
            reference="podman-refused",
        )
    world.compose.version()


def sweep_remains(world: World) -> None:
    """Remove what killed runs left: parts of backups, short-lived containers. Said, because it takes disk and time."""
    for file_name in world.backups.sweep_partial_files():
        world.reporter.say(f"removed the remains of a broken backup: {file_name}")
    for name in world.containers.sweep_helpers():
        world.reporter.say(f"removed a helper container of a killed run: {name}")


def take_database(world: World, mode: Mode) -> None:
    """The deployment's lock in the database, and nobody else migrates; a rollback must not wait for a migration.

    Raises:
        LockedError: another deployment, or a migration that was started by hand.
    """
    world.database.take_deployment_lock()
    if mode is not Mode.ROLLBACK:
        world.database.require_no_migration()


def check_before(
    world: World, settings: Settings, request: DeployRequest, database: DatabaseState
) -> ComposeLook | None:
    """Compose rules, disk, connections; returns what the plan needs of the compose file, None for a backup alone.

    Raises:
        BlockedError: one problem as it is, several as a list.
    """
    problems: list[BlockedError] = []
    needed: dict[Path, int] = {}
    look, warnings = None, [build_context_warning(settings)]
    if request.has_backup:
        needed |= _backup_room(world, settings, database)
    if request.mode is not Mode.BACKUP_ONLY:
        config = world.compose.config(placeholders())
        problems += compose_problems(config, settings) + role_problems(config.get("services", {}))
        problems += unknown_services(config.get("services", {}), settings)
        problems += route_problems(config.get("services", {}), settings)
        if request.mode in MIGRATING:
            problems += migration_pooler_problems(config, settings)
        is_reachable = world.edge.is_reachable()
        problems += edge_problems(config, settings, is_reachable=is_reachable)
        problems += edge_port_problems(world, config, settings)
        look = look_at_compose(config, settings, world.compose.overlay().says)
        warnings += [start_limit_warning(look, settings), edge_warning(config, settings, is_reachable=is_reachable)]
        problems += connection_problems(database, settings)
        needed[Path(world.containers.engine_version().data_directory)] = _image_bytes(world, settings)
    problems += disk_problems(world, settings, needed)
    raise_all(problems)
    for says in filter(None, warnings):
        world.reporter.warn(says)
    return look


def check_backup(world: World, settings: Settings, database: DatabaseState) -> None:
    """A backup must be possible: a pg_dump of the server's major, and room for what it writes.

    Where the operator's own service makes them, it is asked when its turn comes: it may take one then.

    Raises:
        BlockedError: neither, or no room.
    """
    if settings.backup_external is not None:
        return
    world.reporter.say(f"pg_dump: {world.backups.client(database.server_major)}")
    raise_all(disk_problems(world, settings, _backup_room(world, settings, database)))


def _backup_room(world: World, settings: Settings, database: DatabaseState) -> dict[Path, int]:
    newest = next(iter(world.backups.all()), None)
    return {settings.backup_directory: dump_bytes(database, newest.manifest.size_bytes if newest else None)}


def raise_all(problems: Sequence[BlockedError]) -> None:
    """Raise one error for one problem, one that lists them for several.

    Raises:
        BlockedError: when there is any problem.
    """
    if not problems:
        return
    if len(problems) == 1:
        raise problems[0]
    raise BlockedError(
        f"{len(problems)} things must be corrected first: " + "; ".join(p.what for p in problems),
        hint="; ".join(dict.fromkeys(p.hint for p in problems)),
        reference=problems[0].reference,
    )


def check_unfinished(world: World, mode: Mode, *, ends_watch: bool = True) -> None:
    """An unfinished deployment blocks the next, unless nothing is left of it but its watch.

    Args:
        ends_watch: whether this command ends that watch, which is said; without it the watch goes on afterwards.

    Raises:
        BlockedError: with both ways out.
    """
    unfinished = world.ledger.unfinished()
    if unfinished is None or (unfinished.is_being_watched and not ends_watch):
        return
    if may_end_watch(world, unfinished, mode):
        return
    last = unfinished.steps[-1] if unfinished.steps else None
    where = f", last at {last.name} ({last.state})" if last else ""
    raise BlockedError(
        f"deployment {unfinished.deployment_id} of {unfinished.actor.user_name} is unfinished{where}",
        hint="./scripts/deploy.sh resume continues it, ./scripts/deploy.sh abort undoes it",
        reference="unfinished-deployment",
    )


def _image_bytes(world: World, settings: Settings) -> int:
    latest = world.images.find(f"{settings.image_repository}:latest")
    return latest.size_bytes if latest else UNKNOWN_IMAGE_BYTES


def placeholders() -> dict[str, str]:
    """Values for the variables that a deployment sets: enough to render the compose file."""
    return {"RELEASE": "preflight", "DEPLOYMENT_ID": "preflight"}
