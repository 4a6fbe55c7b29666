"""Two samples become what happened between them."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.model.machine import MachineRates
from deploy.model.watching import EdgeCounters, Rates, Sample

# HAProxy keeps a moving average of so many requests (TIME_STATS_SAMPLES of its defaults.h).
AVERAGE_WINDOW = 512


def rates_between(earlier: Sample, later: Sample) -> Rates:
    """What happened in between; an edge that was restarted meanwhile tells nothing."""
    responses = failed = overloaded = 0
    average_ms, error_ms = None, 0.0
    if earlier.edge and later.edge and later.edge.total >= earlier.edge.total:
        responses = later.edge.total - earlier.edge.total
        failed = max(later.edge.failed - earlier.edge.failed, 0)
        overloaded = max(later.edge.overloaded - earlier.edge.overloaded, 0)
        average_ms, error_ms = recent_average(earlier.edge, later.edge)
    seconds = max(later.at_seconds - earlier.at_seconds, 0.001)
    return Rates(
        seconds=seconds, responses=responses, failed=failed, average_ms=average_ms, average_error_ms=error_ms,
        deadlocks=_deadlocks(earlier, later), scans_per_second=_scans(earlier, later, seconds),
        overloaded=overloaded, table_scans=_table_scans(earlier, later), machine=_machine(earlier, later, seconds),
    )


def recent_average(earlier: EdgeCounters, later: EdgeCounters) -> tuple[float | None, float]:
    """The average time of the requests between two looks, and how far it may be off, in milliseconds.

    The edge's average moves by 1/n of each new value: average' = average * keep + recent * (1 - keep). Both averages
    are whole milliseconds, so the answer is only as good as the share of new requests in it.
    """
    first, last = earlier.timed, later.timed
    if last <= first:
        return None, 0.0
    if first == 0:
        return float(later.average_ms), 1.0
    # With n requests so far, fewer than the window, the edge divides by n: the product telescopes.
    warm = min(max(first, AVERAGE_WINDOW), last)
    keep = first / warm if first < AVERAGE_WINDOW else 1.0
    keep *= (1 - 1 / AVERAGE_WINDOW) ** (last - warm)
    recent = (later.average_ms - earlier.average_ms * keep) / (1 - keep)
    return max(recent, 0.0), (1 + keep) / (1 - keep)


def _deadlocks(earlier: Sample, later: Sample) -> int:
    if earlier.database is None or later.database is None:
        return 0
    return max(later.database.totals.deadlocks - earlier.database.totals.deadlocks, 0)


def _scans(earlier: Sample, later: Sample, seconds: float) -> dict[str, float]:
    if earlier.database is None or later.database is None:
        return {}
    before = {scan.name: scan.sequential_scans for scan in earlier.database.scans}
    return {
        scan.name: (scan.sequential_scans - before[scan.name]) / seconds
        for scan in later.database.scans
        if scan.sequential_scans > before.get(scan.name, scan.sequential_scans)
    }


def _table_scans(earlier: Sample, later: Sample) -> int:
    if earlier.database is None or later.database is None:
        return 0
    return max(later.database.totals.table_scans - earlier.database.totals.table_scans, 0)


def _machine(earlier: Sample, later: Sample, seconds: float) -> MachineRates | None:
    first, last = earlier.machine, later.machine
    if first is None or last is None or not last.core_count:
        return None
    whole = seconds * last.core_count
    waited = {c.container_id: c.waited_seconds for c in earlier.containers}
    waits = [
        (c.waited_seconds - (waited.get(c.container_id) or 0.0)) / seconds
        for c in later.containers if c.waited_seconds is not None
    ]
    return MachineRates(
        core_count=last.core_count, busy=_share(last.busy_seconds - first.busy_seconds, whole),
        stolen=_share(last.stolen_seconds - first.stolen_seconds, whole), own=_share(_own(earlier, later), whole),
        stalled={
            name: _share(total - first.stalled_seconds.get(name, total), seconds)
            for name, total in last.stalled_seconds.items()
        },
        own_waiting=max(0.0, *waits) if waits else None,
        database=_share(_grown(first.database_seconds, last.database_seconds), whole),
    )


def _own(earlier: Sample, later: Sample) -> float:
    """Seconds of cores of the application's containers; one that was started meanwhile counts from nothing."""
    before = {c.container_id: c.cpu_seconds for c in earlier.containers}
    used = (c.cpu_seconds - before.get(c.container_id, 0.0) for c in later.containers)
    return sum(seconds for seconds in used if seconds > 0)


def _grown(first: Mapping[int, float], last: Mapping[int, float]) -> float:
    """Of those that are in both: a session that came or went tells nothing."""
    return sum(max(seconds - first[key], 0.0) for key, seconds in last.items() if key in first)


def _share(part: float, whole: float) -> float:
    return min(max(part / whole, 0.0), 1.0)
