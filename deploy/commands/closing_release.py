"""What the ledger says of a release whose deployment did not end well."""

from __future__ import annotations

from deploy.model.deployments import WATCH_STEP, DeploymentState, Mode, Plan, StepState
from deploy.model.doors import World
from deploy.model.errors import EXIT_INTERRUPTED, DeployError
from deploy.model.releases import Leaving, Release, ReleaseState
from deploy.model.results import DeploymentOutcome

# These may make a release of their own.
DEPLOYING = {Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE, Mode.SKIP_MIGRATE}
SWITCH_STEP = "switch-containers"


def close_release(world: World, plan: Plan, outcome: DeploymentOutcome) -> None:
    """A release that did not make it is never a rollback target; one that its watch condemned was left."""
    deployment = outcome.deployment
    if plan.mode not in DEPLOYING or deployment is None:
        return
    if deployment.state in {DeploymentState.RUNNING, DeploymentState.DONE}:
        return
    try:
        release = next((r for r in world.ledger.releases() if r.name == plan.summary["release"]), None)
        if release is None:
            return
        # One that was good before this deployment took it up again stays good.
        if release.deployment_id == deployment.deployment_id and release.state is not ReleaseState.PRUNED:
            world.ledger.set_release_state(release.number, ReleaseState.BAD)
        _leave_if_condemned(world, release, outcome)
    except DeployError as error:
        # It stays a candidate, which is no rollback target either; the outcome itself must be told.
        world.reporter.warn(f"could not mark {plan.summary['release']} as bad: {error.what}")


def _leave_if_condemned(world: World, release: Release, outcome: DeploymentOutcome) -> None:
    """It was watched, and production went back to the release before: by its watch's word, or the operator's.

    An interrupt says nothing of the release.
    """
    deployment = outcome.deployment
    if deployment is None or outcome.exit_code == EXIT_INTERRUPTED:
        return
    journal = world.ledger.journal_of(deployment.deployment_id)
    watched = [entry for entry in journal if entry.name == WATCH_STEP]
    failed = [entry for entry in watched if entry.state is StepState.FAILED]
    switched = [entry for entry in journal if entry.name == SWITCH_STEP]
    before = deployment.plan.summary.get("release_before")
    if not watched or not switched or switched[-1].state is not StepState.UNDONE or before in {None, release.name}:
        return
    why = failed[-1].detail if failed else "undone while it was watched"
    world.ledger.set_release_left(release.number, Leaving(world.clock.now(), f"back to {before}: {why}"))
