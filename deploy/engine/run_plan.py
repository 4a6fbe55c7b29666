"""Run the steps of a saved plan, and take back what was begun when one fails.

Rules: the design's "Rules of the engine". What a step does is not known here; the journal says
what was ours, the step's `is_done` says what is true.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from deploy.engine.undo_plan import undo_begun_steps
from deploy.model.deployments import Deployment, DeploymentState, StepState
from deploy.model.doors import World
from deploy.model.errors import (
    EXIT_DONE,
    EXIT_FAILED_AND_UNDONE,
    EXIT_INTERRUPTED,
    EXIT_NOT_UNDONE,
    DeployError,
    InterruptedByOperator,
    StepFailed,
)
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step, StepContext

RESUME_COMMAND = "./scripts/deploy.sh resume"


def run_deployment(
    world: World, deployment: Deployment, steps: Sequence[Step], *, is_resume: bool
) -> DeploymentOutcome:
    """Bring the deployment to one of its two ends.

    Args:
        world: the doors.
        deployment: as the ledger holds it; its journal says what an earlier process did.
        steps: one for each planned step, in order.
        is_resume: whether an earlier process began it.

    Returns:
        Exit code 0 done, 1 failed and undone, 130 interrupted and undone, 4 a person is needed.
    """
    context = StepContext(world, deployment.deployment_id)
    if is_resume and _was_undoing(deployment):
        # The earlier process had decided to go back. Going forward now would mix two directions.
        failure = StepFailed(
            "the deployment had failed and was being undone when its process ended",
            hint="the undo is finished now; see ./scripts/deploy.sh history", reference="undo-resumed",
        )
        return _go_back(context, deployment, steps, failure)
    begun_before = {record.position for record in deployment.steps}
    try:
        for position, step in enumerate(steps):
            world.stop.raise_if_requested()
            _run_step(context, position, len(steps), step, is_ours=position in begun_before)
    except Exception as error:  # noqa: BLE001 - whatever a step raises, production must be taken back
        present = world.ledger.deployment(deployment.deployment_id) or deployment
        return _go_back(context, present, steps, error)
    return _close_done(context)


def _run_step(context: StepContext, position: int, total: int, step: Step, *, is_ours: bool) -> None:
    """Journal, run, journal. A step that is already so is recorded, and not ours to undo."""
    world, planned = context.world, step.planned
    started = world.clock.monotonic()
    if step.is_done(context):
        if is_ours:
            world.ledger.record_step(context.deployment_id, position, planned.name, StepState.DONE, "already so")
        world.reporter.step_ended(position, total, planned, outcome="already so", is_ok=True, seconds=0.0)
        return
    world.ledger.record_step(context.deployment_id, position, planned.name, StepState.BEGUN)
    world.reporter.step_began(position, total, planned)
    try:
        outcome = step.run(context)
    except Exception as error:
        seconds = world.clock.monotonic() - started
        what = error.what if isinstance(error, DeployError) else repr(error)
        world.reporter.step_ended(position, total, planned, outcome=what, is_ok=False, seconds=seconds)
        world.ledger.record_step(context.deployment_id, position, planned.name, StepState.FAILED, what, seconds)
        raise
    seconds = world.clock.monotonic() - started
    world.ledger.record_step(context.deployment_id, position, planned.name, StepState.DONE, outcome, seconds)
    world.reporter.step_ended(position, total, planned, outcome=outcome, is_ok=True, seconds=seconds)


def _was_undoing(deployment: Deployment) -> bool:
    going_back = {StepState.FAILED, StepState.UNDO_BEGUN, StepState.UNDONE}
    return any(record.state in going_back for record in deployment.steps)


def _go_back(
    context: StepContext, deployment: Deployment, steps: Sequence[Step], error: Exception
) -> DeploymentOutcome:
    """Undo, then close the deployment with the exit code that tells what is true now."""
    world = context.world
    with world.stop.shielded():
        undo = undo_begun_steps(context, deployment, steps)
        if undo.is_undone:
            state = DeploymentState.UNDONE
            is_interrupt = isinstance(error, InterruptedByOperator)
            exit_code = EXIT_INTERRUPTED if is_interrupt else EXIT_FAILED_AND_UNDONE
            says = "failed; everything that was changed is as it was"
        else:
            state, exit_code = DeploymentState.NOT_UNDONE, EXIT_NOT_UNDONE
            says = "failed; not everything could be taken back"
        what, hint, reference = _failure_words(error)
        next_command = undo.next_command
        if not undo.is_retryable:
            try:
                world.ledger.end_deployment(context.deployment_id, state, exit_code, f"{says}: {what}")
            except DeployError as ledger_error:
                exit_code, next_command = EXIT_NOT_UNDONE, "./scripts/deploy.sh abort"
                undo = undo.with_difference(ledger_error.what)
    return DeploymentOutcome(
        exit_code=exit_code,
        deployment=_reread(context),
        says=says,
        failure_what=what,
        failure_hint=hint,
        failure_reference=reference,
        differs=undo.differs,
        next_command=next_command,
        traceback_text="" if isinstance(error, DeployError) else "".join(traceback.format_exception(error)),
    )


def _close_done(context: StepContext) -> DeploymentOutcome:
    says = "done"
    try:
        context.world.ledger.end_deployment(context.deployment_id, DeploymentState.DONE, EXIT_DONE, says)
    except DeployError as error:
        return DeploymentOutcome(
            exit_code=EXIT_NOT_UNDONE,
            deployment=None,
            says="every step is done, but the ledger could not be closed",
            failure_what=error.what,
            failure_hint=error.hint,
            failure_reference=error.reference,
            differs=("the ledger still calls this deployment unfinished",),
            next_command=RESUME_COMMAND,
        )
    return DeploymentOutcome(exit_code=EXIT_DONE, deployment=_reread(context), says=says)


def _reread(context: StepContext) -> Deployment | None:
    try:
        return context.world.ledger.deployment(context.deployment_id)
    except DeployError:
        return None


def _failure_words(error: Exception) -> tuple[str, str, str]:
    if isinstance(error, DeployError):
        return error.what, error.hint, error.reference
    return f"internal error: {error!r}", "report it with the traceback file", "internal-error"
