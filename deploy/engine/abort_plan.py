"""Take back an unfinished deployment, or give it up, because the operator asked for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from deploy.engine.journal import Journal
from deploy.engine.observed_end import observe_end
from deploy.engine.undo_plan import ABORT_COMMAND, GIVE_UP_COMMAND, UndoReport, close_after_undo, undo_begun_steps
from deploy.model.deployments import Deployment, DeploymentState
from deploy.model.doors import World
from deploy.model.end_state import EndState
from deploy.model.errors import EXIT_DONE, EXIT_NOT_UNDONE
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step, StepContext

UNKNOWN_PLAN = UndoReport(
    False, ("nothing was undone: another version of this tool made the plan",), is_retryable=True
)


def abort_deployment(
    world: World, deployment: Deployment, steps: Sequence[Step], end: EndState | None = None
) -> DeploymentOutcome:
    """Undo what the journal began, start again what served before and is stopped, and nothing else.

    Args:
        end: who looks at production when all is undone; None: nobody, and only the steps are spoken of.

    Returns:
        Exit code 0 when production is as it was, 4 when it is not. Where an undo failed though everything answered,
        the next command is to give up: the run's own undo has failed before this one.
    """
    journal = Journal(world.ledger, deployment)
    undo, ending = _undo(world, journal, steps, end)
    if undo.may_be_given_up:
        undo = replace(undo, next_command=GIVE_UP_COMMAND)
    return _close(journal, undo, ending)


def give_up_deployment(
    world: World, deployment: Deployment, steps: Sequence[Step] | None, reason: str,
    observe: Callable[[], Sequence[str]], end: EndState | None = None,
) -> DeploymentOutcome:
    """Take back what can be taken back; where that stops, end the deployment as it is.

    Args:
        steps: None where the plan names one that is not known; then nothing is taken back.
        reason: the operator's.
        observe: what differs from before, as it is seen now.
        end: as of `abort_deployment`.

    Returns:
        Exit code 0 when everything could be taken back after all, else 4: given up, with what differs. A step that
        cannot be taken back by itself ends it as `abort` does.
    """
    journal = Journal(world.ledger, deployment)
    undo, ending = (UNKNOWN_PLAN, "") if steps is None else _undo(world, journal, steps, end)
    if not undo.is_retryable:
        return _close(journal, undo, ending)
    differs = tuple(dict.fromkeys((*undo.differs, *observe())))
    error = journal.close(DeploymentState.GIVEN_UP, EXIT_NOT_UNDONE, f"given up: {reason}; {'; '.join(differs)}")
    if error is not None:
        differs = (*differs, f"the ledger still calls this deployment unfinished: {error.what}")
    return DeploymentOutcome(
        exit_code=EXIT_NOT_UNDONE,
        deployment=journal.deployment(),
        says="given up; what differs is recorded, and the next deployment or rollback starts from what runs now",
        differs=differs,
        next_command=ABORT_COMMAND if error else "",
        traceback_text=undo.traceback_text,
    )


def _undo(
    world: World, journal: Journal, steps: Sequence[Step], end: EndState | None
) -> tuple[UndoReport, str]:
    context = StepContext(world, journal.deployment().deployment_id)
    with world.stop.shielded():
        return observe_end(journal, undo_begun_steps(context, journal, steps), end)


def _close(journal: Journal, undo: UndoReport, ending: str) -> DeploymentOutcome:
    says = f"aborted; {ending}"
    exit_code, undo = close_after_undo(journal, undo, EXIT_DONE, says)
    return DeploymentOutcome(
        exit_code=exit_code,
        deployment=journal.deployment(),
        says=says,
        differs=undo.differs,
        next_command=undo.next_command,
        traceback_text=undo.traceback_text,
    )
