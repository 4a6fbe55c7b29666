"""A saved plan, carried out: by the command that made it, or by a later one."""

from __future__ import annotations

from deploy.commands.announce import announce_end, announce_start
from deploy.commands.closing_release import close_release
from deploy.commands.end_state import ObservedEnd, look_for_plan
from deploy.commands.ending_watch import end_watch
from deploy.commands.mark_environment import mark_environment
from deploy.engine.run_plan import run_deployment
from deploy.model.deployments import Actor, Deployment, Mode, Plan
from deploy.model.doors import World
from deploy.model.errors import NotUndoneError
from deploy.model.releases import Release
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step
from deploy.steps.registry import runnable_steps


def take_lock(world: World, plan: Plan) -> None:
    """The deployment's advisory lock; in the middle of a restore the database may be closed, or away.

    Raises:
        LockedError: another deployment is under way.
    """
    if plan.mode is Mode.RESTORE:
        world.restores.take_lock()
        live = next((d for d in world.restores.databases() if d.name == world.restores.database_name), None)
        if live is None or not live.is_open:
            return
    world.database.take_deployment_lock()


def save_and_run(world: World, plan: Plan, actor: Actor, release: Release | None = None) -> DeploymentOutcome:
    """End a watch that this takes over from, save the plan, tell of it, run it.

    Args:
        release: the new one, where the plan makes one.
    """
    end_watch(world, plan.mode)
    beginning = look_for_plan(world, plan)
    deployment_id = world.ledger.begin_deployment(plan, actor, release, beginning)
    announce_start(world, plan, deployment_id)
    return run_saved(world, deployment_id, is_resume=False)


def run_saved(world: World, deployment_id: str, *, is_resume: bool) -> DeploymentOutcome:
    """Run the plan that the ledger holds."""
    deployment = saved_deployment(world, deployment_id)
    outcome = run_deployment(
        world, deployment, steps_of(deployment), is_resume=is_resume, end=ObservedEnd(world)
    )
    close_release(world, deployment.plan, outcome)
    mark_environment(world, deployment.plan, outcome)
    announce_end(world, deployment.plan, outcome)
    return outcome


def steps_of(deployment: Deployment) -> tuple[Step, ...]:
    """The steps of its plan.

    Raises:
        BlockedError: another version of this tool made it, with a step that this one does not know.
    """
    return runnable_steps(deployment.deployment_id, deployment.plan)


def saved_deployment(world: World, deployment_id: str) -> Deployment:
    """The deployment, as the ledger holds it.

    Raises:
        NotUndoneError: the ledger has lost it.
    """
    deployment = world.ledger.deployment(deployment_id)
    if deployment is None:
        raise NotUndoneError(
            f"deployment {deployment_id} vanished from the ledger", hint="./scripts/deploy.sh history",
            reference="ledger-inconsistent",
        )
    return deployment
