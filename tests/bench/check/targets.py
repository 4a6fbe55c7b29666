"""What the bench must reach, and what was missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.bench.check.fixture import Agreement
from tests.bench.check.histories import MEASURED, History, Score, our_ways
from tests.bench.check.speed import Speed

FIXTURE_KEYS = ("locks", "rewrites", "scans", "builds_indexes", "drops")
LABEL_FLOORS = {"block": (0.99, 1.0), "long": (0.99, 0.99), "rewrite": (0.97, 0.99), "loss": (0.97, 1.0)}
GATE_FLOORS = (0.95, 0.98)
ONE_SECONDS, MANY_SECONDS, TEXT_SECONDS = 3.0, 30.0, 3.0


@dataclass(frozen=True)
class Target:
    """One figure.

    Attributes:
        value: None where there was nothing to measure it on, which is a miss: the input was wrong.
        is_floor: at least the bound; otherwise at most.
    """

    name: str
    value: float | None
    bound: float
    is_floor: bool = True

    @property
    def is_met(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        if self.value is None:
            return False
        return self.value >= self.bound if self.is_floor else self.value <= self.bound

    @property
    def line(self) -> str:
        """`rewrite precision 1.000 (at least 0.97)`."""
        value = "nothing to measure" if self.value is None else f"{self.value:.3f}"
        return f"{self.name} {value} ({'at least' if self.is_floor else 'at most'} {self.bound:g})"


def fixture_targets(label: str, measured: Agreement, parsed: Agreement | None) -> list[Target]:
    """Of one PostgreSQL; shapes on which the fixture itself is wrong are left apart (and counted in the table).

    Args:
        parsed: None in an installation without the prediction.
    """
    found = [Target(f"{label}: measured, {', '.join(FIXTURE_KEYS)}", measured.share(*FIXTURE_KEYS), 0.99)]
    if parsed is None:
        return found
    return [
        *found,
        Target(f"{label}: parsed, locks", parsed.share("locks"), 0.95),
        Target(f"{label}: parsed, rewrites", parsed.share("rewrites"), 0.95),
    ]


def history_targets(histories: Iterable[History], total: Mapping[str, Score]) -> list[Target]:
    """Of all projects together; a label that no project has is asked of none."""
    measured = total[MEASURED]
    found = []
    for label, (precision, recall) in LABEL_FLOORS.items():
        tally = measured.statements[label]
        found.append(Target(f"measured, {label}: precision", tally.precision, precision))
        found.append(Target(f"measured, {label}: recall", tally.recall, recall))
    found.append(Target("measured, gate: precision", measured.gate.precision, GATE_FLOORS[0]))
    found.append(Target("measured, gate: recall", measured.gate.recall, GATE_FLOORS[1]))
    found += [
        Target(f"{way}: silent revisions", len(total[way].silent), 0, is_floor=False) for way in our_ways()
    ]
    errors = [error for history in histories for error in (history.error, history.scores[MEASURED].error) if error]
    found.append(Target("histories that did not run to their end", len(errors), 0, is_floor=False))
    return found


def speed_targets(speed: Speed) -> list[Target]:
    """Seconds of wall time."""
    found = [
        Target("one pending revision, server start included, s", speed.one, ONE_SECONDS, is_floor=False),
        Target("500 revisions measured, beyond the project's own upgrade, s", speed.beyond, MANY_SECONDS, is_floor=False),
    ]
    if speed.text is not None:
        found.append(Target("500 revisions parsed, s", speed.text, TEXT_SECONDS, is_floor=False))
    return found
