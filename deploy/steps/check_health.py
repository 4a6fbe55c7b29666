"""Wait until container, HTTP through the edge, database, schema and release header all agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.health import health_problems
from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasClock, HasContainers, HasDatabase, HasEdge, HasHttp, HasStop
from deploy.model.health import HealthExpectation
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.waiting import wait_until


class Doors(HasClock, HasContainers, HasDatabase, HasEdge, HasHttp, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class CheckHealth(Step):
    """Changes nothing; decides whether what was changed stays.

    Attributes:
        expectation: what must agree.
        timeout_seconds: how long it may take.
    """

    name: Literal["check-health"] = "check-health"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    expectation: HealthExpectation
    timeout_seconds: float

    def is_done(self, context: StepContext[Doors]) -> bool:  # noqa: ARG002
        """Never: health is a fact of the moment."""
        return False

    def run(self, context: StepContext[Doors]) -> str:
        """Ask until all agree."""
        problems: list[str] = []

        def is_healthy() -> bool:
            problems[:] = health_problems(context.world, self.expectation)
            return not problems

        if not wait_until(context.world, is_healthy, self.timeout_seconds):
            raise StepFailed(
                f"health did not agree within {self.timeout_seconds:.0f} s: {'; '.join(problems)}",
                hint="./scripts/deploy.sh health",
                reference="health-check-failed",
            )
        return "container, edge, database, schema and release agree"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
