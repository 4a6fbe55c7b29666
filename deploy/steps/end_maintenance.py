"""Let requests in again, to a restored database or an older schema. From here on there is no way back."""

from __future__ import annotations

from deploy.model.deployments import PlannedStep
from deploy.model.doors import World
from deploy.model.errors import StepFailed
from deploy.model.steps import StepContext, UndoOutcome
from deploy.steps.waiting import wait_until


class EndMaintenance:
    """Once users write into what serves now, going back would lose what they wrote.

    Params:
        service: the application's.
        timeout_seconds: how long the edge's own checks may take to see it healthy again.
        old_name: where the old database is kept, for the operator; null where there is none.
        serves: what serves from then on, in words.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether the page is off."""
        edge = context.world.edge
        return not edge.is_reachable() or not edge.is_in_maintenance()

    def run(self, context: StepContext) -> str:
        """Wait until the edge can send requests, then take the page away."""
        world = context.world
        timeout_seconds = self.params["timeout_seconds"]
        if not wait_until(world, lambda: _is_served(world, self.params["service"]), timeout_seconds):
            raise StepFailed(
                f"the edge's checks of the application did not pass within {timeout_seconds:.0f} s",
                hint="./scripts/deploy.sh status", reference="edge-check-failed",
            )
        world.edge.set_maintenance(is_on=False)
        return "the maintenance page is off"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Nothing, where the page is still on; else it cannot be taken back."""
        if context.world.edge.is_reachable() and context.world.edge.is_in_maintenance():
            return UndoOutcome(True, "the maintenance page is still on")
        old = f"; the old one is kept as {self.params['old_name']}" if self.params["old_name"] else ""
        serves = self.params.get("serves", "the restored database serves")
        return UndoOutcome(False, f"{serves}{old}", "./scripts/deploy.sh status")


def _is_served(world: World, service_name: str) -> bool:
    """Whether every running container of the application has a slot whose check passes."""
    slots = {slot.address for slot in world.edge.slots() if slot.is_up and slot.is_check_passed}
    running = [c for c in world.containers.list(service_name) if c.is_running]
    return all(slots & set(container.addresses) for container in running)
