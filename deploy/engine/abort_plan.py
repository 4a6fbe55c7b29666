"""Take back an unfinished deployment, because the operator asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.engine.undo_plan import undo_begun_steps
from deploy.model.deployments import Deployment, DeploymentState
from deploy.model.doors import World
from deploy.model.errors import EXIT_DONE, EXIT_NOT_UNDONE
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step, StepContext


def abort_deployment(world: World, deployment: Deployment, steps: Sequence[Step]) -> DeploymentOutcome:
    """Undo what the journal began, and nothing else.

    Returns:
        Exit code 0 when production is as it was, 4 when it is not.
    """
    context = StepContext(world, deployment.deployment_id)
    with world.stop.shielded():
        undo = undo_begun_steps(context, deployment, steps)
        if undo.is_undone:
            says = "aborted; everything that was changed is as it was"
            world.ledger.end_deployment(deployment.deployment_id, DeploymentState.UNDONE, EXIT_DONE, says)
        else:
            says = "aborted; not everything could be taken back"
            if not undo.is_retryable:
                world.ledger.end_deployment(
                    deployment.deployment_id, DeploymentState.NOT_UNDONE, EXIT_NOT_UNDONE, says
                )
    return DeploymentOutcome(
        exit_code=EXIT_DONE if undo.is_undone else EXIT_NOT_UNDONE,
        deployment=world.ledger.deployment(deployment.deployment_id),
        says=says,
        differs=undo.differs,
        next_command=undo.next_command,
    )
