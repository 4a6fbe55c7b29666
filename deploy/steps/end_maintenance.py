"""Let requests in again, to a restored database or an older schema. From here on there is no way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasClock, HasContainers, HasEdge, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.waiting import wait_until


class Doors(HasClock, HasContainers, HasEdge, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class EndMaintenance(Step):
    """Once users write into what serves now, going back would lose what they wrote.

    Attributes:
        service: the application's.
        timeout_seconds: how long the edge's own checks may take to see it healthy again.
        old_name: where the old database is kept, for the operator; None where there is none.
        serves: what serves from then on, in words.
    """

    name: Literal["end-maintenance"] = "end-maintenance"
    undo_kind: UndoKind = UndoKind.POINT_OF_NO_RETURN
    service: str
    timeout_seconds: float
    old_name: str | None
    serves: str = "the restored database serves"

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the page is off."""
        edge = context.world.edge
        return not edge.is_reachable() or not edge.is_in_maintenance()

    def run(self, context: StepContext[Doors]) -> str:
        """Wait until the edge can send requests, then take the page away."""
        world = context.world
        if not wait_until(world, lambda: _is_served(world, self.service), self.timeout_seconds):
            raise StepFailed(
                f"the edge's checks of the application did not pass within {self.timeout_seconds:.0f} s",
                hint="./scripts/deploy.sh status", reference="edge-check-failed",
            )
        world.edge.set_maintenance(is_on=False)
        return "the maintenance page is off"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Nothing, where the page is still on; else it cannot be taken back."""
        if context.world.edge.is_reachable() and context.world.edge.is_in_maintenance():
            return UndoOutcome(True, "the maintenance page is still on")
        old = f"; the old one is kept as {self.old_name}" if self.old_name else ""
        return UndoOutcome(False, f"{self.serves}{old}", "./scripts/deploy.sh status")


def _is_served(world: Doors, service_name: str) -> bool:
    """Whether every running container of the application has a slot whose check passes."""
    slots = {slot.address for slot in world.edge.slots() if slot.is_up and slot.is_check_passed}
    running = [c for c in world.containers.list(service_name) if c.is_running]
    return all(slots & set(container.addresses) for container in running)
