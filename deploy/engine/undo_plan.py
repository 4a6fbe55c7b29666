"""Take back, backwards, what the journal says we began; stop at the first that cannot be taken back."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deploy.engine.journal import Journal
from deploy.engine.outages import through_outages
from deploy.model.deployments import DeploymentState, StepState
from deploy.model.doors import World
from deploy.model.errors import EXIT_NOT_UNDONE, RECOVER_COMMAND, DeployError, GoneForGood
from deploy.model.steps import Step, StepContext

ABORT_COMMAND = "./scripts/deploy.sh abort"
GIVE_UP_COMMAND = './scripts/deploy.sh abort --give-up --reason "TEXT"'
STATUS_COMMAND = "./scripts/deploy.sh status"


@dataclass(frozen=True)
class UndoReport:
    """What the undo achieved.

    Attributes:
        differs: what is not as it was.
        next_command: the one command that comes next; empty when everything is undone.
        is_retryable: an undo could not be carried out now (an engine or a ledger that does not
            answer), and the deployment stays unfinished so that `abort` can finish it.
        may_be_given_up: everything answered, and the undo failed all the same.
        traceback_text: of an undo that broke inside.
    """

    is_undone: bool
    differs: tuple[str, ...] = ()
    next_command: str = ""
    is_retryable: bool = False
    may_be_given_up: bool = False
    traceback_text: str = ""


def undo_begun_steps(context: StepContext[World], journal: Journal, steps: Sequence[Step]) -> UndoReport:
    """Undo every step that the journal names and that is not undone yet, last first."""
    for position in journal.to_undo():
        report = _undo_step(context, journal, position, len(steps), steps[position])
        if not report.is_undone:
            return report
    return UndoReport(is_undone=True)


def close_after_undo(journal: Journal, undo: UndoReport, exit_code: int, outcome: str) -> tuple[int, UndoReport]:
    """End the deployment, unless `abort` must finish it; returns the exit code that is true now.

    `exit_code` is the one to give when everything is undone and written down.
    """
    if undo.is_retryable:
        return EXIT_NOT_UNDONE, _without_ledger(journal.lost, undo) if journal.lost else undo
    state = DeploymentState.UNDONE if undo.is_undone else DeploymentState.NOT_UNDONE
    code = exit_code if undo.is_undone else EXIT_NOT_UNDONE
    error = journal.close(state, code, outcome)
    if error is None:
        return code, undo
    if journal.lost:
        return EXIT_NOT_UNDONE, _without_ledger(journal.lost, undo)
    differs = f"the ledger still calls this deployment unfinished: {error.what}"
    return EXIT_NOT_UNDONE, replace(
        undo, differs=(*undo.differs, differs), next_command=undo.next_command or ABORT_COMMAND
    )


def _without_ledger(lost: DeployError, undo: UndoReport) -> UndoReport:
    """`abort` would find nothing: what comes next is to read the releases back, then to look."""
    is_command_of_ours = undo.next_command in {"", ABORT_COMMAND, GIVE_UP_COMMAND, STATUS_COMMAND}
    next_command = RECOVER_COMMAND if is_command_of_ours else undo.next_command
    return replace(undo, differs=(*undo.differs, lost.what), next_command=next_command)


def _undo_step(context: StepContext[World], journal: Journal, position: int, total: int, step: Step) -> UndoReport:
    world = context.world
    started = world.clock.monotonic()
    world.reporter.step_began(position, total, step, is_undo=True)
    journal.record_if_possible(position, step.name, StepState.UNDO_BEGUN)
    try:
        outcome = through_outages(world, lambda: step.undo(context), step)
    except Exception as error:  # noqa: BLE001 - an undo that breaks must end in words, not in a traceback
        seconds = world.clock.monotonic() - started
        report = _broken(step.name, error)
        world.reporter.step_ended(
            position, total, step, outcome=report.differs[0], is_ok=False, seconds=seconds, is_undo=True
        )
        return report
    seconds = world.clock.monotonic() - started
    if outcome.is_undone:
        journal.record_if_possible(position, step.name, StepState.UNDONE, outcome.says, seconds)
    world.reporter.step_ended(
        position, total, step, outcome=outcome.says, is_ok=outcome.is_undone, seconds=seconds, is_undo=True
    )
    if outcome.is_undone:
        return UndoReport(True)
    return UndoReport(False, outcome.differs or (outcome.says,), outcome.next_command or STATUS_COMMAND)


def _broken(step_name: str, error: Exception) -> UndoReport:
    is_ours = isinstance(error, DeployError)
    what = error.what if isinstance(error, DeployError) else f"internal error: {error!r}"
    hint = f" (hint: {error.hint})" if isinstance(error, DeployError) and error.hint else ""
    return UndoReport(
        is_undone=False,
        differs=(f"{step_name} could not be undone: {what}{hint}",),
        next_command=GIVE_UP_COMMAND if isinstance(error, GoneForGood) else ABORT_COMMAND,
        is_retryable=True,
        may_be_given_up=not (isinstance(error, DeployError) and error.away),
        traceback_text="" if is_ours else "".join(traceback.format_exception(error)),
    )
