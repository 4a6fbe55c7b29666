"""Take back, backwards, what the journal says we began; stop at the first that cannot be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deploy.model.deployments import Deployment, StepState
from deploy.model.errors import DeployError
from deploy.model.steps import Step, StepContext

ABORT_COMMAND = "./scripts/deploy.sh abort"


@dataclass(frozen=True)
class UndoReport:
    """What the undo achieved.

    Attributes:
        is_retryable: an undo could not be carried out now (an engine or a ledger that does not
            answer), and the deployment stays unfinished so that `abort` can finish it.
    """

    is_undone: bool
    differs: tuple[str, ...] = ()
    next_command: str = ""
    is_retryable: bool = False

    def with_difference(self, what: str) -> UndoReport:
        """The same, with one more thing that differs."""
        return replace(self, is_undone=False, differs=(*self.differs, what))


def undo_begun_steps(context: StepContext, deployment: Deployment, steps: Sequence[Step]) -> UndoReport:
    """Undo every step that the journal names and that is not undone yet, last first."""
    last = {record.position: record.state for record in deployment.steps}
    for position in sorted(last, reverse=True):
        if last[position] is StepState.UNDONE:
            continue
        report = _undo_step(context, position, len(steps), steps[position])
        if not report.is_undone:
            return report
    return UndoReport(is_undone=True)


def _undo_step(context: StepContext, position: int, total: int, step: Step) -> UndoReport:
    world, planned = context.world, step.planned
    started = world.clock.monotonic()
    world.reporter.step_began(position, total, planned, is_undo=True)
    try:
        world.ledger.record_step(context.deployment_id, position, planned.name, StepState.UNDO_BEGUN)
        outcome = step.undo(context)
        if outcome.is_undone:
            world.ledger.record_step(context.deployment_id, position, planned.name, StepState.UNDONE, outcome.says)
    except Exception as error:  # noqa: BLE001 - an undo that breaks must end in words, not in a traceback
        what = error.what if isinstance(error, DeployError) else repr(error)
        seconds = world.clock.monotonic() - started
        world.reporter.step_ended(
            position, total, planned, outcome=what, is_ok=False, seconds=seconds, is_undo=True
        )
        differs = f"{planned.name} could not be taken back: {what}"
        return UndoReport(False, (differs,), ABORT_COMMAND, is_retryable=True)
    world.reporter.step_ended(
        position, total, planned, outcome=outcome.says, is_ok=outcome.is_undone,
        seconds=world.clock.monotonic() - started, is_undo=True,
    )
    if outcome.is_undone:
        return UndoReport(True)
    return UndoReport(False, (outcome.says,), outcome.next_command)
