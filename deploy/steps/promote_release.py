"""Call the release good: `:latest` names it, the ledger says it runs."""

from __future__ import annotations

from deploy.model.deployments import PlannedStep
from deploy.model.releases import ReleaseState
from deploy.model.steps import StepContext, UndoOutcome


class PromoteRelease:
    """A plain `docker compose up -d` typed by hand starts the same release afterwards.

    Params:
        latest_reference, image_id, number: what is promoted.
        previous_latest_image_id, previous_number: for the undo; None where there was none.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether the tag and the ledger both say so."""
        latest = context.world.images.find(self.params["latest_reference"])
        current = context.world.ledger.current_release()
        return (
            latest is not None
            and latest.image_id == self.params["image_id"]
            and current is not None
            and current.number == self.params["number"]
            and current.state is ReleaseState.GOOD
        )

    def run(self, context: StepContext) -> str:
        """Tag, then record."""
        context.world.images.tag(self.params["image_id"], self.params["latest_reference"])
        context.world.ledger.set_release_state(self.params["number"], ReleaseState.GOOD)
        context.world.ledger.set_current_release(self.params["number"])
        return f"release-{self.params['number']} is good, :latest names it"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Name the release before again."""
        world = context.world
        latest = world.images.find(self.params["latest_reference"])
        previous_image_id = self.params["previous_latest_image_id"]
        # Only if it still is where we put it: somebody may have moved it since.
        if latest is not None and latest.image_id == self.params["image_id"] != previous_image_id:
            if previous_image_id is None:
                world.images.untag(self.params["latest_reference"])
            else:
                world.images.tag(previous_image_id, self.params["latest_reference"])
        current = world.ledger.current_release()
        if current is not None and current.number == self.params["number"]:
            world.ledger.set_current_release(self.params["previous_number"])
        return UndoOutcome(True, ":latest is as it was")
