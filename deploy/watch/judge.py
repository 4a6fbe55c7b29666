"""One sample, beside the window before the deployment: what is wrong. One function a question."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.watching import Before, Finding, Rates, Sample, Thresholds
from deploy.watch.machine import sudden_scans, uses_more

# What was usual may double before it counts, but never up to a half of all requests.
MOST_ERROR_PERCENT = 50.0
FULL = "too-few-connections"
DATABASE = "database"


def judge(sample: Sample, rates: Rates | None, before: Before | None, limits: Thresholds) -> tuple[Finding, ...]:
    """All findings of this sample."""
    usual = before or Before()
    found: list[Finding] = [
        *_serving(sample, limits), *_containers(sample, limits), *_others(sample, limits), *_probe(sample, limits),
        *_database(sample, usual, limits),
    ]
    if rates is not None:
        found += [*_errors(rates, usual, limits), *_slow(rates, usual, limits), *_scans(rates, before)]
    return tuple(found)


def _serving(sample: Sample, limits: Thresholds) -> Iterator[Finding]:
    if sample.edge is None:
        yield Finding("edge", f"the edge does not answer: {sample.edge_problem}", is_of_time=True)
    elif sample.edge.serving_count < limits.replicas:
        late = f", {sample.edge.late_count} of them answer its check too late" if sample.edge.late_count else ""
        says = f"the edge has {sample.edge.serving_count} serving slots of {limits.replicas}{late}"
        yield Finding("edge", says, is_of_time=True)


def _containers(sample: Sample, limits: Thresholds) -> Iterator[Finding]:
    if sample.container_problem:
        yield Finding("engine", f"the Docker engine does not answer: {sample.container_problem}", is_breach=False)
        return
    running = [c for c in sample.containers if c.is_running]
    if len(running) < limits.replicas:
        yield Finding("not-running", f"{len(running)} of {limits.replicas} containers run")
    sick = [c.name for c in running if c.health == "unhealthy"]
    if sick:
        yield Finding("unhealthy", f"Docker calls {', '.join(sick)} unhealthy", is_of_time=True)
    if sample.restart_count > limits.max_restarts:
        yield Finding("restarts", f"{sample.restart_count} restarts since the watch began")
    if sample.out_of_memory_count:
        yield Finding("out-of-memory", f"killed because memory ran out: {sample.out_of_memory_count} times")
    for c in running:
        if c.memory_percent > limits.max_memory_percent:
            yield Finding("memory", f"{c.name} uses {c.memory_percent:.0f} % of its memory")


def _others(sample: Sample, limits: Thresholds) -> Iterator[Finding]:
    """Workers, schedulers and further web services; what nobody could ask is told once, of the application."""
    for one in sample.others:
        if one.problem:
            continue
        running = [c for c in one.containers if c.is_running]
        if len(running) < one.replicas:
            says = f"{len(running)} of {one.replicas} containers of {one.service} run"
            yield Finding(f"not-running {one.service}", says)
        if sick := [c.name for c in running if c.health == "unhealthy"]:
            says = f"Docker calls {', '.join(sick)} unhealthy"
            yield Finding(f"unhealthy {one.service}", says, is_of_time=True)
        if one.restart_count > limits.max_restarts:
            says = f"{one.restart_count} restarts of {one.service} since the watch began"
            yield Finding(f"restarts {one.service}", says)
        if one.out_of_memory_count:
            says = f"{one.service} was killed because memory ran out: {one.out_of_memory_count} times"
            yield Finding(f"out-of-memory {one.service}", says)
        for c in running:
            if c.memory_percent > limits.max_memory_percent:
                yield Finding(f"memory {one.service}", f"{c.name} uses {c.memory_percent:.0f} % of its memory")


def _probe(sample: Sample, limits: Thresholds) -> Iterator[Finding]:
    if sample.probe_problem:
        yield Finding("health", sample.probe_problem, is_of_time=True)
    elif sample.probe_seconds is not None and sample.probe_seconds > limits.max_probe_seconds:
        yield Finding("slow", f"the health endpoint took {sample.probe_seconds:.1f} s", is_of_time=True)


def _errors(rates: Rates, before: Before, limits: Thresholds) -> Iterator[Finding]:
    usual = before.failed_percent or 0.0
    limit = min(max(limits.max_error_percent, 2 * usual), MOST_ERROR_PERCENT)
    if rates.failed < limits.min_errors or rates.failed_percent <= limit:
        return
    says = (
        f"{rates.failed} of {rates.responses} responses were 5xx "
        f"({rates.failed_percent:.1f} %, before {usual:.1f} %)"
    )
    if rates.overloaded:
        says += f", {rates.overloaded} of them asked to come back later (503 with Retry-After)"
    others = rates.failed - rates.overloaded
    # An application that refuses what it cannot bear does what is right; whose fault that is, the machine tells.
    is_of_time = others < limits.min_errors or 100 * others / rates.responses <= limit
    yield Finding("errors", says, is_of_time=is_of_time)


def _slow(rates: Rates, before: Before, limits: Thresholds) -> Iterator[Finding]:
    if rates.average_ms is None or rates.responses < limits.min_requests:
        return
    limit = max(limits.slow_floor_ms, limits.slow_factor * (before.average_ms or 0.0))
    if rates.average_ms - rates.average_error_ms > limit:
        usual = "unknown" if before.average_ms is None else f"{before.average_ms:.0f} ms"
        more = uses_more(rates, before)
        says = f"responses took {rates.average_ms:.0f} ms on average (before {usual}){'; ' if more else ''}{more}"
        yield Finding("slow", says, is_of_time=True)


def _database(sample: Sample, before: Before, limits: Thresholds) -> Iterator[Finding]:
    look = sample.database
    if look is None:
        kind = "connections" if sample.database_problem.startswith(FULL) else DATABASE
        yield Finding(kind, f"the database does not answer: {sample.database_problem}")
        return
    longest = next((b for b in look.blocked if b.waited_seconds > limits.max_block_seconds), None)
    if longest is not None and longest.waited_seconds > 2 * before.blocked_seconds:
        yield Finding("blocked", longest.says)
    if look.totals.waiting > max(limits.max_waiting, 2 * before.waiting):
        yield Finding("waiting", f"{look.totals.waiting} sessions wait for locks (before {before.waiting})")
    used = 100 * look.totals.connections_used / max(look.totals.connections_max, 1)
    if used > limits.max_connections_percent:
        yield Finding(
            "connections", f"{look.totals.connections_used} of {look.totals.connections_max} connections are in use"
        )
    for name in look.invalid_indexes:
        if name not in before.invalid_indexes:
            yield Finding("invalid-index", f"index {name} is invalid", is_breach=False)
    if look.replica_lag_seconds is not None and look.replica_lag_seconds > limits.max_replica_lag_seconds:
        yield Finding("replication", f"a standby is {look.replica_lag_seconds:.0f} s behind", is_breach=False)


def _scans(rates: Rates, before: Before | None) -> Iterator[Finding]:
    """Large tables that are read from end to end, and were not; told, never held against the release alone."""
    if before is None:
        return
    for name, per_second, usual in sudden_scans(rates, before):
        yield Finding(
            "scans", f"{name} is read from end to end {per_second:.1f} times a second (before {usual:.1f})",
            is_breach=False,
        )
