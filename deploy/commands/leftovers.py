"""`leftovers`: what failed schema changes left behind, and the removal of what serves nobody."""

from __future__ import annotations

from deploy.checks.schema_since import schema_since
from deploy.commands.preflight import check_unfinished, take_database
from deploy.commands.wiring import open_world
from deploy.model.deployments import Deployment, DeploymentState, Mode
from deploy.model.doors import Reporter, World
from deploy.model.leftovers import Leftovers
from deploy.model.schema_objects import leftovers
from deploy.settings.schema import Settings

LAST_DEPLOYMENTS = 20


def read_leftovers(settings: Settings, reporter: Reporter) -> Leftovers:
    """Look; nothing is changed.

    Raises:
        BlockedError: the database does not answer.
    """
    with open_world(settings, reporter, command="leftovers", is_exclusive=False) as world:
        return find_leftovers(world)


def remove_leftovers(settings: Settings, reporter: Reporter) -> Leftovers:
    """Drop invalid indexes (CONCURRENTLY) and finish pending detachments: neither holds a row of anybody's.

    Raises:
        BlockedError: a deployment is unfinished, or the database does not answer.
        LockedError: a deployment or a migration is under way.
        StepFailed: one could not be removed; those before it are.
    """
    with open_world(settings, reporter, command="leftovers") as world:
        check_unfinished(world, Mode.DOWNGRADE, ends_watch=False)
        take_database(world, Mode.DOWNGRADE)
        return take_leftovers_away(world)


def take_leftovers_away(world: World) -> Leftovers:
    """One after the other, each told; what is left is looked at again."""
    removed = []
    built = world.database.indexes_being_built()
    for item in leftovers(world.database.look_at_schema()):
        if item.name not in built:
            world.reporter.say(f"{item.removal};")
            world.database.remove_leftover(item.name)
            removed.append(item.name)
    return find_leftovers(world, tuple(removed))


def find_leftovers(world: World, removed: tuple[str, ...] = ()) -> Leftovers:
    """What is left now."""
    built = world.database.indexes_being_built()
    found = tuple(item for item in leftovers(world.database.look_at_schema()) if item.name not in built)
    deployment = _last_that_failed(world)
    if deployment is None:
        return Leftovers(found, built, removed)
    since = schema_since(world, deployment.deployment_id)
    return Leftovers(
        found, built, removed, deployment.deployment_id, since.found, since.unknown, _moved(world, deployment)
    )


def _moved(world: World, deployment: Deployment) -> str:
    """Where the database is, if not where it was before that deployment."""
    before = str(deployment.plan.summary.get("database_revision", ""))
    state = world.database.observe()
    is_there = not state.revision_problem and ", ".join(state.revision_ids) == before
    return "" if is_there else f"the database is at {state.at}, was at {before or 'no revision'}"


def _last_that_failed(world: World) -> Deployment | None:
    """The last one that began to change the schema, unless it ended well: then its changes are what was wanted."""
    for deployment in world.ledger.deployments(LAST_DEPLOYMENTS):
        if world.ledger.kept_schema(deployment.deployment_id) is not None:
            has_failed = deployment.state in {DeploymentState.NOT_UNDONE, DeploymentState.RUNNING}
            return deployment if has_failed else None
    return None
