"""Call the release good: `:latest` names it, the ledger says it runs."""

from __future__ import annotations

from datetime import datetime

from deploy.model.deployments import PlannedStep
from deploy.model.releases import Leaving, ReleaseState
from deploy.model.steps import StepContext, UndoOutcome
from deploy.model.watching import UNDECIDED


class PromoteRelease:
    """A plain `docker compose up -d` typed by hand starts the same release afterwards.

    Params:
        latest_reference, image_id, number: what is promoted.
        previous_latest_image_id, previous_number: for the undo; None where there was none.
        left: {number, because} of the release that production went away from; None where it went forward.
        left_before: [{number, at, because}] of marks that end, because their image serves again.
        configuration: fingerprint of the compose service that it serves with.
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
            and self._is_marked(context)
        )

    def run(self, context: StepContext) -> str:
        """Tag, then record. What the watch could not judge is what runs, and is not made good by that."""
        name = f"release-{self.params['number']}"
        context.world.images.tag(self.params["image_id"], self.params["latest_reference"])
        undecided = context.world.watch.records.load(context.deployment_id).get(UNDECIDED)
        if undecided:
            context.world.ledger.set_current_release(self.params["number"])
            command = f"./scripts/deploy.sh --skip-migrate --health-check --watch --image {self.params['image_id']}"
            context.remarks.append(
                f"{name} serves, but its watch could not tell whether it is good: {undecided}; "
                f"when the machine is quieter: {command}"
            )
            return f":latest names {name}, which its watch could not judge"
        context.world.ledger.set_release_state(self.params["number"], ReleaseState.GOOD)
        self._mark(context)
        context.world.ledger.set_current_release(self.params["number"])
        return f"{name} is good, :latest names it"

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
        self._unmark(context)
        return UndoOutcome(True, ":latest is as it was")

    def _is_marked(self, context: StepContext) -> bool:
        """Whether the ledger says which release was left, and which no longer is."""
        left = self.params.get("left")
        gone = {entry["number"] for entry in self.params.get("left_before", ())}
        configuration = self.params.get("configuration", "")
        for release in context.world.ledger.releases():
            if release.number in gone and release.left is not None:
                return False
            if left and release.number == left["number"] and release.left is None:
                return False
            if release.number == self.params["number"] and release.configuration != configuration:
                return False
        return True

    def _mark(self, context: StepContext) -> None:
        ledger, left = context.world.ledger, self.params.get("left")
        for entry in self.params.get("left_before", ()):
            ledger.set_release_left(entry["number"], None)
        if left:
            ledger.set_release_left(left["number"], Leaving(context.world.clock.now(), left["because"]))
        ledger.set_release_configuration(self.params["number"], self.params.get("configuration", ""))

    def _unmark(self, context: StepContext) -> None:
        ledger, left = context.world.ledger, self.params.get("left")
        if left:
            ledger.set_release_left(left["number"], None)
        for entry in self.params.get("left_before", ()):
            ledger.set_release_left(entry["number"], Leaving(datetime.fromisoformat(entry["at"]), entry["because"]))
