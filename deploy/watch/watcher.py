"""The watch's memory: sample after sample, until one thing was wrong in several of them. It never grows."""

from __future__ import annotations

from collections import Counter, deque

from deploy.model.watching import Before, Finding, Rates, Sample, Thresholds, WatchReport
from deploy.watch.holding import hold, machine_excuse
from deploy.watch.judge import judge
from deploy.watch.log_patterns import kind_of_finding
from deploy.watch.rates import rates_between

HISTORY_LENGTH = 60
# When the machine is quiet again, what had piled up still comes late for a moment: one sample more is excused.
EXCUSED_SAMPLES = 2


class Watcher:
    """Takes samples, gives reports.

    Args:
        before: the window before the deployment; None where nothing served then.
        total_seconds: of the watch; 0 where it has no end.
    """

    def __init__(self, limits: Thresholds, before: Before | None, total_seconds: float) -> None:
        self._limits = limits
        self._before = before
        self._total_seconds = total_seconds
        self._began_at: float | None = None
        self._last: Sample | None = None
        self._number = 0
        self._deadlocks = 0
        self._recent: deque[frozenset[str]] = deque(maxlen=limits.confirm_of)
        self._recent_held: deque[frozenset[str]] = deque(maxlen=limits.confirm_of)
        self._excuses: deque[str] = deque(maxlen=EXCUSED_SAMPLES)
        self._undecided: dict[str, Finding] = {}
        self._log_recent: deque[dict[str, int]] = deque(maxlen=limits.confirm_of)
        self._history: dict[str, deque[float]] = {}

    def take(self, sample: Sample) -> WatchReport:
        """Judge one sample, in the light of those before it."""
        if self._began_at is None:
            self._began_at = sample.at_seconds
        self._number += 1
        rates = rates_between(self._last, sample) if self._last else None
        self._last = sample
        findings = judge(sample, rates, self._before, self._limits)
        findings += tuple(self._logged(sample)) + tuple(self._deadlocked(rates, sample))
        findings = self._held(findings, machine_excuse(sample, rates, self._before))
        self._recent.append(frozenset(f.kind for f in findings if f.is_breach))
        self._recent_held.append(frozenset(f.kind for f in findings if f.held_because))
        self._remember(sample, rates)
        return WatchReport(
            number=self._number, elapsed_seconds=sample.at_seconds - self._began_at,
            total_seconds=self._total_seconds, sample=sample, rates=rates, before=self._before, findings=findings,
            breaches=self._confirmed(findings),
            history={name: tuple(values) for name, values in self._history.items()},
            undecided=self._still_undecided(findings),
        )

    def _held(self, findings: tuple[Finding, ...], because_of_machine: str) -> tuple[Finding, ...]:
        self._excuses.append(because_of_machine)
        return hold(findings, next((excuse for excuse in reversed(self._excuses) if excuse), ""))

    def _still_undecided(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """What was held in enough of the last samples, until it was wrong in none of them."""
        seen = Counter(kind for kinds in self._recent_held for kind in kinds)
        for finding in findings:
            if finding.held_because and seen[finding.kind] >= self._limits.confirm_count:
                self._undecided[finding.kind] = finding
        self._undecided = {kind: finding for kind, finding in self._undecided.items() if seen[kind]}
        return tuple(self._undecided.values())

    def _confirmed(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """What is wrong now and was wrong in enough of the last samples."""
        seen = Counter(kind for kinds in self._recent for kind in kinds)
        return tuple(f for f in findings if f.is_breach and seen[f.kind] >= self._limits.confirm_count)

    def _logged(self, sample: Sample) -> list[Finding]:
        """Kinds of log errors that came too often in the last samples, and were not there before."""
        self._log_recent.append(dict(sample.log.counts))
        sums: Counter[str] = Counter()
        for counts in self._log_recent:
            sums.update(counts)
        known = self._before.log_kinds if self._before else {}
        return [
            Finding(kind_of_finding(kind), f"{kind}, {count} times: {sample.log.examples.get(kind, '')}".rstrip(": "))
            for kind, count in sums.items()
            if count > max(self._limits.max_log_errors, 2 * known.get(kind, 0))
        ]

    def _deadlocked(self, rates: Rates | None, sample: Sample) -> list[Finding]:
        self._deadlocks += rates.deadlocks if rates else 0
        elapsed = sample.at_seconds - (self._began_at or 0.0)
        usual = elapsed * (self._before.deadlocks_per_second if self._before else 0.0)
        if self._deadlocks <= self._limits.max_deadlocks + 2 * usual:
            return []
        return [Finding("deadlocks", f"{self._deadlocks} deadlocks since the watch began")]

    def _remember(self, sample: Sample, rates: Rates | None) -> None:
        values: dict[str, float] = {}
        if rates is not None:
            values |= {"per second": rates.per_second, "5xx %": rates.failed_percent}
            if rates.average_ms is not None:
                values["ms"] = rates.average_ms
        if sample.database is not None:
            values |= {
                "connections": sample.database.totals.connections_used, "waiting": sample.database.totals.waiting,
            }
        if sample.containers:
            values["memory %"] = max(c.memory_percent for c in sample.containers)
        for name, value in values.items():
            self._history.setdefault(name, deque(maxlen=HISTORY_LENGTH)).append(float(value))
