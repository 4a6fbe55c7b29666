"""Once, where a container of the application still publishes the port itself: the edge takes it over.

The new release is up beside the old one before anything is taken away, so that the gap is the end of the old process
and the start of the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deploy.model.containers import Container
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.waiting import wait_until
from deploy.steps.switch_containers import Doors, SwitchContainers, is_of, is_ready

EDGE_GRACE_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class TakeOverPort(Step):
    """New beside old, old stopped (and kept), the edge on its port, new admitted.

    Attributes:
        port: on this machine.
        switch: what comes next, with everything that a start needs.
    """

    name: Literal["take-over-port"] = "take-over-port"
    undo_kind: UndoKind = UndoKind.REVERTED
    port: int
    switch: SwitchContainers

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether no container of the application publishes the port, and the edge answers."""
        return not any(c.is_running for c in self._publishing(context.world)) and context.world.edge.is_reachable()

    def run(self, context: StepContext[Doors]) -> str:
        """The gap begins with the stop of the old container, and ends when the edge's check has passed."""
        world, new = context.world, self.switch.new
        if new is None:
            raise ValueError("a port is taken over for a release")
        ready = [c for c in world.containers.list(self.switch.service) if is_of(c, new) and is_ready(c)]
        if len(ready) < self.switch.replicas:
            self._start_publishing(world)  # a killed run may have stopped it; it serves while the new one starts
            old = [c for c in world.containers.list(self.switch.service) if not is_of(c, new)]
            ready = self.switch.start_beside_unseen(world, new, len(old))
        began = world.clock.monotonic()
        for container in self._publishing(world):
            if container.is_running:
                world.containers.stop(container.container_id, self.switch.stop_grace_seconds)
        self.switch.ensure_edge(world)
        for container in ready:
            self.switch.admit(world, container)
        return f"the edge serves port {self.port}; users were not served for {world.clock.monotonic() - began:.1f} s"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """The same container publishes the port again; where it is gone, another one as the compose file has it."""
        world, old = context.world, self.switch.old
        if not any(c.is_running for c in self._publishing(world)):
            for container in world.containers.list(self.switch.edge_service):
                world.containers.stop(container.container_id, EDGE_GRACE_SECONDS)
                world.containers.remove(container.container_id)
        kept = {container.container_id for container in self._publishing(world)}
        for container in world.containers.list(self.switch.service):
            if container.container_id not in kept:
                self.switch.retire(world, container)
        if kept:
            self._start_publishing(world)
        elif old is not None:
            self.switch.require_image(world, old)
            world.compose.up(
                self.switch.service, environment={"APP_IMAGE": old.image_id, "RELEASE": old.release},
                image_id=old.image_id, is_as_written=True,
            )
        is_sick = old is not None and old.is_sick
        if not is_sick:
            wait_until(world, lambda: self._is_serving(world), self.switch.start_timeout_seconds)
        again = f"{self.switch.service} publishes port {self.port} itself again"
        return UndoOutcome(True, again if self._is_serving(world) or is_sick else f"{again}, and is not ready yet")

    def _publishing(self, world: Doors) -> list[Container]:
        """Running or stopped; those that the edge stands before publish nothing."""
        return [c for c in world.containers.list(self.switch.service) if self.port in c.host_ports]

    def _start_publishing(self, world: Doors) -> None:
        for container in self._publishing(world):
            if not container.is_running:
                world.containers.start(container.container_id)

    def _is_serving(self, world: Doors) -> bool:
        return any(is_ready(container) for container in self._publishing(world))
