"""Give the edge another configuration: routes to other web services. Its sockets stay open meanwhile.

The process that a reload starts takes over the listening sockets, and by a file the addresses and states of all slots;
requests in flight end in the old process. https://docs.haproxy.org/2.6/management.html section 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.edge_routes import others_of
from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasClock, HasContainers, HasEdge, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.routes import BACKEND_PREFIX
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.waiting import wait_until

RELOAD_SECONDS = 15
RELOAD = "SIGUSR2"


class Doors(HasClock, HasContainers, HasEdge, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class ConfigureEdge(Step):
    """Write it, reload, and see that the backends are there.

    Attributes:
        text, backends: the configuration, and which backends of other services it has.
        previous, previous_backends: those of before.
    """

    name: Literal["configure-edge"] = "configure-edge"
    undo_kind: UndoKind = UndoKind.REVERTED
    edge_service: str
    text: str
    backends: tuple[str, ...]
    previous: str
    previous_backends: tuple[str, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the file is there, and the edge that runs has it."""
        return self._has(context.world, self.text, self.backends)

    def run(self, context: StepContext[Doors]) -> str:
        """To the new one."""
        self._apply(context.world, self.text, self.backends)
        return says_backends(self.backends)

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """To the one of before."""
        if not self._has(context.world, self.previous, self.previous_backends):
            self._apply(context.world, self.previous, self.previous_backends)
        return UndoOutcome(True, "the edge has the routes of before")

    def _has(self, world: Doors, text: str, backends: tuple[str, ...]) -> bool:
        return world.edge.configuration() == text and (not world.edge.is_reachable() or _others(world) == set(backends))

    def _apply(self, world: Doors, text: str, backends: tuple[str, ...]) -> None:
        """An edge that does not run reads the file when it starts."""
        before = world.edge.configuration()
        world.edge.write_configuration(text)
        if not world.edge.is_reachable():
            return
        process_id = world.edge.process_id()
        world.edge.keep_servers()
        try:
            for container in world.containers.list(self.edge_service):
                if container.is_running:
                    world.containers.signal(container.container_id, RELOAD)

            def is_reloaded() -> bool:
                if not world.edge.is_reachable() or world.edge.process_id() == process_id:
                    return False
                return _others(world) == set(backends)

            if not wait_until(world, is_reloaded, RELOAD_SECONDS):
                world.edge.write_configuration(before)  # a restart by Docker must find one that works
                raise StepFailed(
                    f"the edge did not take its new configuration within {RELOAD_SECONDS} s, and goes on with the one "
                    "of before",
                    hint=f"docker compose logs {self.edge_service}", reference="edge-not-reloaded",
                )
        finally:
            world.edge.forget_servers()


def says_backends(backends: Iterable[str]) -> str:
    """By the services' names."""
    names = ", ".join(sorted(name.removeprefix(BACKEND_PREFIX) for name in backends))
    return f"the edge leads to {names} beside the application" if names else "the edge leads to the application alone"


def _others(world: HasEdge) -> frozenset[str]:
    return others_of(world.edge.backends())
