"""Samples of the window before the deployment become what the watch compares with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from deploy.model.watching import Before, Sample
from deploy.watch.rates import rates_between

# With fewer responses in the window, the edge's whole life is the better measure of what was usual.
ENOUGH_RESPONSES = 100
# What one response costs needs fewer.
ENOUGH_FOR_COST = 20


def summarize(samples: Sequence[Sample]) -> Before | None:
    """None without a sample."""
    if not samples:
        return None
    first, last = samples[0], samples[-1]
    rates = rates_between(first, last)
    edge = last.edge
    failed_percent = average_ms = None
    if edge is not None and edge.total:
        is_enough = rates.responses >= ENOUGH_RESPONSES
        failed_percent = rates.failed_percent if is_enough else 100 * edge.failed / edge.total
        average_ms = float(edge.average_ms)
    is_enough_for_cost = rates.responses >= ENOUGH_FOR_COST
    looks = [s.database for s in samples if s.database]
    kinds: Counter[str] = Counter()
    for sample in samples:
        kinds.update(sample.log.counts)
    return Before(
        failed_percent=failed_percent,
        average_ms=average_ms,
        per_second=rates.per_second if edge else None,
        waiting=max((look.totals.waiting for look in looks), default=0),
        blocked_seconds=max((b.waited_seconds for look in looks for b in look.blocked), default=0.0),
        connections_percent=max(
            (100 * look.totals.connections_used / max(look.totals.connections_max, 1) for look in looks), default=0.0
        ),
        deadlocks_per_second=rates.deadlocks / rates.seconds,
        scans_per_second=rates.scans_per_second,
        invalid_indexes=looks[-1].invalid_indexes if looks else (),
        log_kinds=dict(kinds),
        core_ms_per_response=rates.core_ms_per_response if is_enough_for_cost else None,
        database_ms_per_response=rates.database_ms_per_response if is_enough_for_cost else None,
        scans_per_response=rates.scans_per_response if is_enough_for_cost and looks else None,
        machine=rates.machine,
        memory_bytes=sum(container.memory_bytes for container in last.containers),
    )
