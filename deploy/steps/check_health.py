"""Wait until container, HTTP through the edge, database, schema and release header all agree."""

from __future__ import annotations

from deploy.checks.health import health_problems
from deploy.model.deployments import PlannedStep
from deploy.model.errors import StepFailed
from deploy.model.health import HealthExpectation
from deploy.model.steps import StepContext, UndoOutcome
from deploy.steps.waiting import wait_until


class CheckHealth:
    """Changes nothing; decides whether what was changed stays.

    Params: the fields of HealthExpectation, and timeout_seconds.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.expectation = HealthExpectation.from_params(planned.params)

    def is_done(self, context: StepContext) -> bool:  # noqa: ARG002
        """Never: health is a fact of the moment."""
        return False

    def run(self, context: StepContext) -> str:
        """Ask until all agree."""
        problems: list[str] = []

        def is_healthy() -> bool:
            problems[:] = health_problems(context.world, self.expectation)
            return not problems

        timeout_seconds = self.planned.params["timeout_seconds"]
        if not wait_until(context.world, is_healthy, timeout_seconds):
            raise StepFailed(
                f"health did not agree within {timeout_seconds:.0f} s: {'; '.join(problems)}",
                hint="./scripts/deploy.sh health",
                reference="health-check-failed",
            )
        return "container, edge, database, schema and release agree"

    def undo(self, context: StepContext) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
