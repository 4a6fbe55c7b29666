"""Take back an unfinished deployment, because the operator asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.engine.journal import Journal
from deploy.engine.undo_plan import close_after_undo, ending_words, undo_begun_steps
from deploy.model.deployments import Deployment
from deploy.model.doors import World
from deploy.model.errors import EXIT_DONE
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step, StepContext


def abort_deployment(world: World, deployment: Deployment, steps: Sequence[Step]) -> DeploymentOutcome:
    """Undo what the journal began, and nothing else.

    Returns:
        Exit code 0 when production is as it was, 4 when it is not.
    """
    context = StepContext(world, deployment.deployment_id)
    journal = Journal(world.ledger, deployment)
    with world.stop.shielded():
        undo = undo_begun_steps(context, journal, steps)
        says = f"aborted; {ending_words(undo)}"
        exit_code, undo = close_after_undo(journal, undo, EXIT_DONE, says)
    return DeploymentOutcome(
        exit_code=exit_code,
        deployment=journal.deployment(),
        says=says,
        differs=undo.differs,
        next_command=undo.next_command,
        traceback_text=undo.traceback_text,
    )
