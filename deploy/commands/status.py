"""What runs, where the database is, what is unfinished: one screen at 2 a.m."""

from __future__ import annotations

from deploy.commands.preflight import check_engine
from deploy.commands.wiring import open_world
from deploy.model.containers import Container
from deploy.model.database import DatabaseState
from deploy.model.doors import Reporter, World
from deploy.model.errors import DeployError
from deploy.model.results import Status
from deploy.settings.schema import Settings


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
        last = world.ledger.deployments(1)
        backups = world.ledger.backups()
        graph = world.ledger.cached_graph(release.image.image_id) if release else None
        return Status(
            release=release,
            containers=containers,
            database=database,
            image_head_ids=graph.head_ids if graph else (),
            unfinished=world.ledger.unfinished(),
            last_deployment=last[0] if last else None,
            newest_backup=backups[0] if backups else None,
            problems=tuple(problems),
        )


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
