"""Measure what is usual, before anything is changed: the watch after the switch compares with it."""

from __future__ import annotations

from deploy.model.deployments import PlannedStep
from deploy.model.steps import StepContext, UndoOutcome
from deploy.steps.watching import measure_window


class MeasureBefore:
    """A window of some seconds, beside the edge's counters of its whole life.

    Params:
        service, url: what is sampled.
        seconds: how long.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether it was measured for this deployment: after a switch, "before" cannot be measured any more."""
        return bool(context.world.watch.records.load(context.deployment_id).get("before"))

    def run(self, context: StepContext) -> str:
        """Sample, summarize, keep."""
        before = measure_window(
            context.world, self.params["service"], self.params["url"], float(self.params["seconds"])
        )
        if before is None:
            return "nothing could be measured"
        context.world.watch.records.save(context.deployment_id, {"before": before.to_json()})
        if before.per_second is None:
            return "the edge did not answer; the watch compares with its thresholds alone"
        return (
            f"{before.per_second:.1f} requests a second, {before.failed_percent or 0.0:.1f} % 5xx, "
            f"{before.average_ms or 0.0:.0f} ms"
        )

    def undo(self, context: StepContext) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
