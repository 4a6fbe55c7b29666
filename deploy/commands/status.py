"""What runs, where the database is, what is unfinished: one screen at 2 a.m."""

from __future__ import annotations

from deploy.commands.backups import newest_verified
from deploy.commands.maintenance import maintenance_problem, read_maintenance
from deploy.commands.preflight import check_engine
from deploy.commands.wiring import open_world
from deploy.model.containers import Container
from deploy.model.database import DatabaseState
from deploy.model.doors import Reporter, World
from deploy.model.errors import DeployError
from deploy.model.releases import RevisionGraph
from deploy.model.restores import ServerDatabase
from deploy.model.results import Status
from deploy.planning.hold_contract import held_back
from deploy.settings.schema import Settings
from deploy.steps.copy_backup import local_only


def read_status(settings: Settings, reporter: Reporter) -> Status:
    """Whatever answers; what does not is a line in `problems`, never an error."""
    with open_world(settings, reporter, command="status", is_exclusive=False) as world:
        problems: list[str] = []
        containers = _containers(world, settings, problems)
        database = _database(world, problems)
        release = world.ledger.current_release()
        problems += [
            f"{container.name} runs another image than {release.name}: started by hand?"
            for container in containers
            if release and container.is_running and container.image_id != release.image.image_id
        ]
        if database:
            problems += [f"invalid index {i.index_name} on {i.table_name}" for i in database.invalid_indexes]
        problems += filter(None, [maintenance_problem(read_maintenance(settings))])
        last = world.ledger.deployments(1)
        backups = world.backups.all()
        if says := local_only(backups[0] if backups else None, settings.backup_copy_to):
            problems.append(says)
        graph = world.ledger.cached_graph(release.image.image_id) if release else None
        problems += _held(graph, database)
        return Status(
            release=release,
            containers=containers,
            database=database,
            image_head_ids=graph.head_ids if graph else (),
            unfinished=world.ledger.unfinished(),
            last_deployment=last[0] if last else None,
            newest_backup=backups[0] if backups else None,
            problems=tuple(problems),
            kept_databases=_kept(world),
            newest_verified=newest_verified(backups),
        )


def _kept(world: World) -> tuple[ServerDatabase, ...]:
    """Old databases of restores; none where the server does not answer, which `problems` says already."""
    try:
        return world.restores.ground().kept
    except DeployError:
        return ()


def _held(graph: RevisionGraph | None, database: DatabaseState | None) -> list[str]:
    """What waits for `contract`."""
    if graph is None or database is None or not database.revision_ids:
        return []
    return [
        f"held back: {revision.revision_id} {revision.message} (./scripts/deploy.sh contract)"
        for revision in held_back(graph, database.revision_ids).revisions
    ]


def _containers(world: World, settings: Settings, problems: list[str]) -> tuple[Container, ...]:
    try:
        check_engine(world)
        return world.containers.list(settings.app_service)
    except DeployError as error:
        problems.append(error.what)
        return ()


def _database(world: World, problems: list[str]) -> DatabaseState | None:
    try:
        return world.database.observe()
    except DeployError as error:
        problems.append(error.what)
        return None
