"""Half an hour of watching, on a clock that only moves when somebody sleeps."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from tests.fakes.fake_traffic import Traffic

MINUTES = 30
SAMPLES = MINUTES * 60 // 5 + 1
KIND_OF = {
    "5xx": "errors", "slow": "slow", "blocked table": "blocked", "full pool": "connections",
    "no connection left": "connections", "log": "log: undefined column",
    "full memory": "memory", "restarts": "restarts",
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_quiet_half_hour_confirms_nothing(seed: int) -> None:
    traffic = Traffic(seed)
    before = traffic.measure()
    reports = list(traffic.watch(before, MINUTES))
    assert len(reports) == SAMPLES
    assert [report.breaches for report in reports if report.breaches] == []


@pytest.mark.parametrize("per_second", [0.0, 0.5])
def test_a_quiet_half_hour_of_a_site_with_few_requests_confirms_nothing(per_second: float) -> None:
    traffic = Traffic(4, per_second)
    reports = list(traffic.watch(traffic.measure(), MINUTES))
    assert [report.breaches for report in reports if report.breaches] == []


@pytest.mark.parametrize("seed", [5, 6])
def test_each_fault_is_found_within_three_samples_and_nothing_else_is(seed: int) -> None:
    traffic = Traffic(seed)
    before = traffic.measure()
    reports = traffic.watch(before, MINUTES)
    number = 0
    for position, (fault, kind) in enumerate(KIND_OF.items()):
        while number < 30 + 40 * position:
            report = next(reports)
            number = report.number
            assert report.breaches == (), f"{report.breaches} before {fault}"
        with traffic.fault(fault):
            found = [next(reports) for _ in range(3)]
        kinds = {f.kind for report in found for f in report.breaches}
        assert kinds == {kind}, fault
        number = found[-1].number
        if fault == "restarts":
            break  # restarts count from the watch's beginning: they stay true
        for _ in range(3):  # what is over is still among the last three for a moment
            next(reports)
    assert number > 270


@pytest.mark.parametrize("seed", [8, 9])
def test_a_single_kill_for_lack_of_memory_is_found_within_three_samples(seed: int) -> None:
    traffic = Traffic(seed)
    reports = traffic.watch(traffic.measure(), MINUTES)
    for _ in range(SAMPLES // 2):
        assert next(reports).breaches == ()
    traffic.kill_for_memory()
    found = [next(reports) for _ in range(3)]
    # The container is back at once: what is left to see is that it was killed, and that it was started again.
    assert {f.kind for report in found for f in report.breaches} == {"out-of-memory", "restarts"}


def test_the_memory_of_a_watch_is_flat() -> None:
    traffic = Traffic(7, per_second=5)
    reports = traffic.watch(traffic.measure(), 6 * MINUTES)
    for _ in range(SAMPLES):
        next(reports)
    gc.collect()
    tracemalloc.start()
    try:
        first, _ = tracemalloc.get_traced_memory()
        for _ in range(4 * SAMPLES):
            next(reports)
        gc.collect()
        last, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert last - first < 50_000, f"{last - first} bytes more after two hours"
