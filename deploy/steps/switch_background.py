"""Bring the release's other services to it: further web services, workers, schedulers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.has_doors import HasClock, HasCompose, HasContainers, HasReporter, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.steps.background_services import BackgroundMove, Patience, Wanted, converge, is_there


class Doors(HasClock, HasCompose, HasContainers, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class SwitchBackground(Step):
    """One service after the other, schedulers last, each with its own strategy.

    Attributes:
        image_id, release: what is to run, where a service has no image of its own.
        settle_seconds: how long a container without a health check must run.
    """

    name: Literal["switch-background"] = "switch-background"
    undo_kind: UndoKind = UndoKind.REVERTED
    moves: tuple[BackgroundMove, ...]
    image_id: str
    release: str
    start_timeout_seconds: float
    settle_seconds: float

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether exactly the new release runs of every one."""
        return all(is_there(context.world, move, [self._wanted(move)]) for move in self.moves)

    def run(self, context: StepContext[Doors]) -> str:
        """To the new release."""
        patience = Patience(
            start_timeout_seconds=self.start_timeout_seconds, settle_seconds=self.settle_seconds
        )
        for move in self.moves:
            converge(context.world, move, [self._wanted(move)], patience, must_be_ready=True)
        return f"{', '.join(move.service for move in self.moves)} run {self.release}"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """To what ran when the plan was made."""
        patience = Patience(start_timeout_seconds=0, settle_seconds=0)
        for move in reversed(self.moves):
            converge(context.world, move, move.former, patience, must_be_ready=False)
        return UndoOutcome(True, f"{', '.join(move.service for move in self.moves)} run what they ran")

    def _wanted(self, move: BackgroundMove) -> Wanted:
        return Wanted(image_id=move.image_id or self.image_id, release=self.release, count=move.replicas)
