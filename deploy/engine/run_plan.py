"""Run the steps of a saved plan, and take back what was begun when one fails.

Rules: the design's "Rules of the engine". What a step does is not known here; the journal says
what was ours, the step's `is_done` says what is true.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from deploy.engine.journal import Journal
from deploy.engine.observed_end import observe_end
from deploy.engine.outages import run_through_outages, through_outages
from deploy.engine.undo_plan import STATUS_COMMAND, close_after_undo, undo_begun_steps
from deploy.model.deployments import NEXT_COMMAND, OPEN_POINT, Deployment, DeploymentState, StepState
from deploy.model.doors import World
from deploy.model.end_state import EndState
from deploy.model.errors import (
    EXIT_DONE,
    EXIT_FAILED_AND_UNDONE,
    EXIT_INTERRUPTED,
    EXIT_NOT_UNDONE,
    RECOVER_COMMAND,
    DeployError,
    HandedOver,
    InterruptedByOperator,
    StepFailed,
)
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step, StepContext

RESUME_COMMAND = "./scripts/deploy.sh resume"


def run_deployment(
    world: World, deployment: Deployment, steps: Sequence[Step], *, is_resume: bool, end: EndState | None = None
) -> DeploymentOutcome:
    """Bring the deployment to one of its two ends.

    Args:
        world: the doors.
        deployment: as the ledger holds it; its journal says what an earlier process did.
        steps: one for each planned step, in order.
        is_resume: whether an earlier process began it.
        end: who looks at production when it has ended; None: nobody, and only the steps are spoken of.

    Returns:
        Exit code 0 done, 1 failed and undone, 130 interrupted and undone, 4 a person is needed.
    """
    context = StepContext(world, deployment.deployment_id)
    journal = Journal(world.ledger, deployment)
    if is_resume and journal.was_going_back():
        # The earlier process had decided to go back. Going forward now would mix two directions.
        failure = StepFailed(
            "the deployment had failed and was being undone when its process ended",
            hint="it is undone, and never continued; ./scripts/deploy.sh history says why it failed",
            reference="undo-resumed",
        )
        return _go_back(context, journal, steps, failure, end)
    try:
        for position, step in enumerate(steps):
            world.stop.raise_if_requested()
            _run_step(context, journal, position, len(steps), step)
    except HandedOver as handed:
        return _leave(journal, handed)
    except Exception as error:  # noqa: BLE001 - whatever a step raises, production must be taken back
        return _go_back(context, journal, steps, error, end)
    return _close_done(journal, end if is_resume else None, context.remarks)


def _run_step(context: StepContext[World], journal: Journal, position: int, total: int, step: Step) -> None:
    """Journal, run, journal.

    A step that is already so is not journalled unless we began it: what the journal does not name is
    not ours to undo. One that the journal calls done and the world too is passed over in silence.
    """
    world = context.world
    if through_outages(world, lambda: step.is_done(context), step):
        if journal.is_done(position):
            return
        if journal.is_ours(position):
            journal.record(position, step.name, StepState.DONE, "already so")
        world.reporter.step_ended(position, total, step, outcome="already so", is_ok=True, seconds=0.0)
        return
    journal.record(position, step.name, StepState.BEGUN)
    world.reporter.step_began(position, total, step)
    started = world.clock.monotonic()
    try:
        outcome = run_through_outages(context, step)
    except HandedOver as handed:  # the journal is another command's now; the screen is still ours
        seconds = world.clock.monotonic() - started
        world.reporter.step_ended(position, total, step, outcome=handed.what, is_ok=True, seconds=seconds)
        raise
    except Exception as error:
        seconds = world.clock.monotonic() - started
        what = _failure_words(error)[0]
        world.reporter.step_ended(position, total, step, outcome=what, is_ok=False, seconds=seconds)
        journal.record_if_possible(position, step.name, StepState.FAILED, what, seconds)
        raise
    seconds = world.clock.monotonic() - started
    journal.record(position, step.name, StepState.DONE, outcome, seconds)
    world.reporter.step_ended(position, total, step, outcome=outcome, is_ok=True, seconds=seconds)


def _go_back(
    context: StepContext[World], journal: Journal, steps: Sequence[Step], error: Exception, end: EndState | None
) -> DeploymentOutcome:
    """Undo, then close the deployment with the exit code that tells what is true now."""
    is_interrupt = isinstance(error, InterruptedByOperator)
    what, hint, reference = _failure_words(error)
    with context.world.stop.shielded():
        undo = undo_begun_steps(context, journal, steps)
        undo, ending = observe_end(journal, undo, end)
        says = f"{'interrupted' if is_interrupt else 'failed'}; {ending}"
        exit_code = EXIT_INTERRUPTED if is_interrupt else EXIT_FAILED_AND_UNDONE
        exit_code, undo = close_after_undo(journal, undo, exit_code, f"{says}: {what}")
    return DeploymentOutcome(
        exit_code=exit_code,
        deployment=journal.deployment(),
        says=says,
        failure_what=what,
        failure_hint=hint,
        failure_reference=reference,
        differs=undo.differs,
        next_command=undo.next_command,
        traceback_text=_traceback_text(error) + undo.traceback_text,
    )


def _leave(journal: Journal, handed: HandedOver) -> DeploymentOutcome:
    """The other command's word counts for how it ended; while it is still at it, this one takes no side."""
    deployment = journal.deployment()
    code = EXIT_DONE if deployment.exit_code is None else deployment.exit_code
    return DeploymentOutcome(exit_code=code, deployment=deployment, says=handed.what, is_handed_over=True)


def _close_done(journal: Journal, end: EndState | None, remarks: Sequence[str]) -> DeploymentOutcome:
    """Close it; a process that did not do all of it itself looks whether what was to serve does."""
    missing = end.unfinished_business(journal.deployment()) if end else ()
    if missing:
        return _close_not_serving(journal, missing)
    says = "; ".join(["done", *remarks])
    error = journal.close(DeploymentState.DONE, EXIT_DONE, says)
    if error is None:
        deployment = journal.deployment()
        next_command = str(deployment.plan.summary.get(NEXT_COMMAND, ""))
        return DeploymentOutcome(
            exit_code=EXIT_DONE, deployment=deployment, says=says, next_command=next_command,
            open_point=str(deployment.plan.summary.get(OPEN_POINT, "")),
        )
    return DeploymentOutcome(
        exit_code=EXIT_NOT_UNDONE,
        deployment=journal.deployment(),
        says="every step is done, but the ledger could not be closed",
        failure_what=error.what,
        failure_hint=error.hint,
        failure_reference=error.reference,
        differs=(error.what if journal.lost else "the ledger still calls this deployment unfinished",),
        next_command=RECOVER_COMMAND if journal.lost else RESUME_COMMAND,
    )


def _close_not_serving(journal: Journal, missing: tuple[str, ...]) -> DeploymentOutcome:
    says = f"every step is done, but: {'; '.join(missing)}"
    error = journal.close(DeploymentState.NOT_UNDONE, EXIT_NOT_UNDONE, says)
    still = (f"the ledger still calls this deployment unfinished: {error.what}",) if error else ()
    return DeploymentOutcome(
        exit_code=EXIT_NOT_UNDONE, deployment=journal.deployment(), says=says, differs=(*missing, *still),
        next_command=STATUS_COMMAND,
    )


def _failure_words(error: Exception) -> tuple[str, str, str]:
    if isinstance(error, DeployError):
        return error.what, error.hint, error.reference
    return f"internal error: {error!r}", "report it with the traceback file", "internal-error"


def _traceback_text(error: Exception) -> str:
    return "" if isinstance(error, DeployError) else "".join(traceback.format_exception(error))
