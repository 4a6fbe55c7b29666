"""End the background services of the old release, before what they must not meet: a schema that breaks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.restoring import is_journalled_begun
from deploy.model.has_doors import HasClock, HasCompose, HasContainers, HasLedger, HasReporter, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.steps.background_services import BackgroundMove, Patience, converge, stop


class Doors(HasClock, HasCompose, HasContainers, HasLedger, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class StopBackground(Step):
    """SIGTERM, their own grace, and their end is confirmed; the containers stay for an undo.

    Attributes:
        moves: the services, with what ran of each.
    """

    name: Literal["stop-background"] = "stop-background"
    undo_kind: UndoKind = UndoKind.REVERTED
    moves: tuple[BackgroundMove, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether none of them runs, or what runs is what this deployment started afterwards."""
        if is_journalled_begun(context.world, context.deployment_id, "switch-background"):
            return True
        return not any(
            container.is_running for move in self.moves for container in context.world.containers.list(move.service)
        )

    def run(self, context: StepContext[Doors]) -> str:
        """Stop them, in the plan's order."""
        for move in self.moves:
            context.world.reporter.say(f"{move.service} has {move.stop_grace_seconds} s to finish its work")
            stop(context.world, move)
        return f"{', '.join(move.service for move in self.moves)} stopped"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """What ran runs again."""
        for move in self.moves:
            converge(context.world, move, move.former, Patience(start_timeout_seconds=0, settle_seconds=0),
                     must_be_ready=False)
        return UndoOutcome(True, f"{', '.join(move.service for move in self.moves)} run again")
