"""Steps on a line of time: when each began, how long it took, when it was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.model.deployments import StepRecord, StepState

OPENS = {StepState.BEGUN: "run", StepState.UNDO_BEGUN: "undo"}
LEAST_PERCENT = 0.6  # a bar that can still be seen


@dataclass(frozen=True)
class Span:
    """One stretch of work at one step.

    Attributes:
        kind: `done`, `failed`, `undone`, or `open` where no end was written (the process died, or it still runs).
    """

    position: int
    name: str
    kind: str
    began_at: datetime
    ended_at: datetime
    detail: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_at - self.began_at).total_seconds()


@dataclass(frozen=True)
class Bar:
    """A span on a chart. Percent of the chart's width."""

    span: Span
    left: float
    width: float


def spans_of(journal: Sequence[StepRecord], ended_at: datetime | None) -> tuple[Span, ...]:
    """The journal's entries, paired, in order of their beginnings.

    Args:
        ended_at: the deployment's end; None while it is unfinished.
    """
    last = ended_at or (journal[-1].at if journal else None)
    spans: list[Span] = []
    begun: dict[int, StepRecord] = {}
    for entry in journal:
        opened = begun.pop(entry.position, None)
        if entry.state in OPENS:
            if opened is not None:  # a process died in the middle, and this one goes on
                spans.append(_span(opened, "open", entry.at))
            begun[entry.position] = entry
            continue
        kind = entry.state.value
        spans.append(_span(opened or _invented(entry), kind, entry.at, entry.detail))
    spans += [_span(entry, "open", max(last or entry.at, entry.at)) for entry in begun.values()]
    return tuple(sorted(spans, key=lambda span: (span.began_at, span.position)))


def bars_of(spans: Sequence[Span]) -> tuple[Bar, ...]:
    """Where each span lies on a chart that is as wide as all of them."""
    if not spans:
        return ()
    start = min(span.began_at for span in spans)
    total = max((max(span.ended_at for span in spans) - start).total_seconds(), 0.001)
    bars = []
    for span in spans:
        width = max(100 * span.seconds / total, LEAST_PERCENT)
        left = min(100 * (span.began_at - start).total_seconds() / total, 100 - width)
        bars.append(Bar(span, round(max(left, 0), 3), round(width, 3)))
    return tuple(bars)


def _span(opened: StepRecord, kind: str, at: datetime, detail: str = "") -> Span:
    return Span(opened.position, opened.name, kind, min(opened.at, at), at, detail)


def _invented(entry: StepRecord) -> StepRecord:
    """A beginning for an end that has none: a step that was found done."""
    began_at = entry.at - timedelta(seconds=entry.duration_seconds or 0)
    return StepRecord(entry.position, entry.name, StepState.BEGUN, began_at, "")
