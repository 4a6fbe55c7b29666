"""`resume` and `abort`: the ways out of a deployment that a dead process, or an undo that broke, has left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from deploy.commands.announce import announce_end
from deploy.commands.closing_release import close_release
from deploy.commands.end_state import ObservedEnd
from deploy.commands.giving_up import record_what_serves, with_next_command
from deploy.commands.preflight import check_engine, sweep_remains
from deploy.commands.saved_plans import run_saved, saved_deployment, steps_of, take_lock
from deploy.commands.wiring import open_world
from deploy.engine.abort_plan import abort_deployment, give_up_deployment
from deploy.model.deployments import Deployment, DeploymentState
from deploy.model.doors import Reporter, World
from deploy.model.errors import BlockedError, DeployError
from deploy.model.releases import Release, ReleaseState
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step
from deploy.settings.schema import Settings


def resume(settings: Settings, reporter: Reporter) -> DeploymentOutcome:
    """Go on with the saved plan.

    Raises:
        BlockedError: there is nothing unfinished.
    """
    with _unfinished(settings, reporter, "resume") as (world, deployment):
        take_lock(world, deployment.plan)
        return run_saved(world, deployment.deployment_id, is_resume=True)


def abort(settings: Settings, reporter: Reporter) -> DeploymentOutcome:
    """Take back what the unfinished deployment began.

    Raises:
        BlockedError: there is nothing unfinished.
    """
    with _unfinished(settings, reporter, "abort") as (world, deployment):
        take_lock(world, deployment.plan)
        outcome = abort_deployment(world, deployment, steps_of(deployment), ObservedEnd(world))
        close_release(world, deployment.plan, outcome)
        announce_end(world, deployment.plan, outcome)
        return outcome


def give_up(settings: Settings, reporter: Reporter, reason: str) -> DeploymentOutcome:
    """End it as unfinished and known; what can be taken back after all is taken back.

    Raises:
        BlockedError: there is nothing unfinished, or no engine to look at.
        LockedError: another deployment is under way.
    """
    with _unfinished(settings, reporter, "abort") as (world, deployment):
        _take_lock_if_any(world, deployment)
        observe = lambda: ObservedEnd(world).differences(deployment)  # noqa: E731
        outcome = give_up_deployment(
            world, deployment, _steps_if_known(world, deployment), reason, observe, ObservedEnd(world)
        )
        close_release(world, deployment.plan, outcome)
        if outcome.deployment is not None and outcome.deployment.state is DeploymentState.GIVEN_UP:
            serving = record_what_serves(world, settings)
            outcome = with_next_command(outcome, has_way_back=_has_way_back(world, serving))
        announce_end(world, deployment.plan, outcome)
        return outcome


@contextmanager
def _unfinished(settings: Settings, reporter: Reporter, command: str) -> Iterator[tuple[World, Deployment]]:
    """The world, and the deployment that a dead process left. The lock in the database is the caller's to take."""
    with open_world(settings, reporter, command=command) as world:
        unfinished = world.ledger.unfinished()
        if unfinished is None:
            raise BlockedError(
                "no deployment is unfinished", hint="./scripts/deploy.sh status", reference="nothing-unfinished"
            )
        check_engine(world)
        sweep_remains(world)
        yield world, saved_deployment(world, unfinished.deployment_id)


def _take_lock_if_any(world: World, deployment: Deployment) -> None:
    """A database that is gone for good must not keep a deployment from being given up.

    Raises:
        LockedError: another deployment is under way.
    """
    try:
        take_lock(world, deployment.plan)
    except BlockedError as error:
        world.reporter.warn(f"without the lock in the database: {error.what}")


def _steps_if_known(world: World, deployment: Deployment) -> Sequence[Step] | None:
    """None where another version of this tool made the plan: nothing of it can be taken back here."""
    try:
        return steps_of(deployment)
    except BlockedError as error:
        world.reporter.warn(error.what)
        return None


def _has_way_back(world: World, serving: Release | None) -> bool:
    """Whether `rollback` has a release to go to."""
    try:
        return any(
            release.state is ReleaseState.GOOD and release != serving
            and (release.image.digest or world.images.find(release.image.image_id))
            for release in world.ledger.releases()
        )
    except DeployError:
        return False
