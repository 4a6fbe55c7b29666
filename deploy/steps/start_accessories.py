"""Start what the release needs and is no part of it: a cache, a page of another image, where it is absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.has_doors import HasClock, HasCompose, HasContainers, HasNames, HasReporter, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.accessories import is_up, start_accessory, wait_for_accessory, watch_settling


class Doors(HasClock, HasCompose, HasContainers, HasNames, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class StartAccessories(Step):
    """One after the other; what is there already is never made again, and none is taken away by an undo.

    Attributes:
        services: in the order in which they need each other.
        settle_seconds: how long those without a health check must run.
    """

    name: Literal["start-accessories"] = "start-accessories"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    services: tuple[str, ...]
    start_timeout_seconds: float
    settle_seconds: float

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether every one runs, and is healthy where it has a health check."""
        return all(is_up(context.world.containers.list(service)) for service in self.services)

    def run(self, context: StepContext[Doors]) -> str:
        """Start each once those that it needs are ready."""
        world = context.world
        for service in self.services:
            start_accessory(world, service)
            wait_for_accessory(world, service, self.start_timeout_seconds)
        watch_settling(world, self.services, self.start_timeout_seconds, self.settle_seconds)
        return f"{', '.join(self.services)} {'runs' if len(self.services) == 1 else 'run'}"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Leave them: they are no part of the release, and others may use them by now."""
        there = [service for service in self.services if context.world.containers.list(service)]
        if not there:
            return UndoOutcome(True, "none of them was started")
        return UndoOutcome(True, f"started and left there, because no release owns them: {', '.join(there)}")
