"""Measure what is usual, before anything is changed: the watch after the switch compares with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.has_doors import HasClock, HasContainers, HasEdge, HasHttp, HasReporter, HasStop, HasWatch
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.model.watching import WatchedService
from deploy.routines.watching import measure_window


class Doors(HasClock, HasContainers, HasEdge, HasHttp, HasReporter, HasStop, HasWatch, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class MeasureBefore(Step):
    """A window of some seconds, beside the edge's counters of its whole life.

    Attributes:
        service, url: what is sampled.
        seconds: how long.
        others: the release's other services that run.
    """

    name: Literal["measure-before"] = "measure-before"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    service: str
    url: str
    seconds: float
    others: tuple[WatchedService, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether it was measured for this deployment: after a switch, "before" cannot be measured any more."""
        return bool(context.world.watch.records.load(context.deployment_id).get("before"))

    def run(self, context: StepContext[Doors]) -> str:
        """Sample, summarize, keep."""
        before = measure_window(context.world, self.service, self.url, self.seconds, self.others)
        if before is None:
            return "nothing could be measured"
        context.world.watch.records.save(context.deployment_id, {"before": before.to_json()})
        if before.per_second is None:
            return "the edge did not answer; the watch compares with its thresholds alone"
        return (
            f"{before.per_second:.1f} requests a second, {before.failed_percent or 0.0:.1f} % 5xx, "
            f"{before.average_ms or 0.0:.0f} ms"
        )

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
