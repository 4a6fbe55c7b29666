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
# A release that is slow by itself is slow on a busy machine, too.
OWN_FAULTS = ("one more query", "burns the cores")


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


@pytest.mark.parametrize("seed", [10, 11, 12])
def test_half_an_hour_with_every_core_busy_confirms_nothing_and_says_that_it_cannot_tell(seed: int) -> None:
    traffic = Traffic(seed)
    before = traffic.measure()
    with traffic.fault("busy machine"):
        reports = list(traffic.watch(before, MINUTES))
    assert len(reports) == 2 * (SAMPLES - 1) + 1  # it cannot tell, so it goes on; and it ends
    assert [report.breaches for report in reports if report.breaches] == []
    [undecided] = reports[-1].undecided
    assert "every core is busy" in undecided.held_because


def test_a_machine_that_is_quiet_again_lets_the_watch_end_with_an_answer() -> None:
    traffic = Traffic(13)
    before = traffic.measure()
    reports = traffic.watch(before, MINUTES)
    with traffic.fault("busy machine"):
        for _ in range(SAMPLES - 6):
            assert next(reports).breaches == ()
    rest = list(reports)
    assert len(rest) == 6
    assert (rest[-1].breaches, rest[-1].undecided) == ((), ())


@pytest.mark.parametrize("fault", OWN_FAULTS)
@pytest.mark.parametrize("is_busy", [False, True])
def test_a_release_that_is_slow_by_itself_is_found_within_three_samples_on_a_busy_machine_too(
    fault: str, is_busy: bool
) -> None:
    traffic = Traffic(14)
    reports = traffic.watch(traffic.measure(), MINUTES)
    if is_busy:
        traffic.faults.add("busy machine")
    for _ in range(60):
        assert next(reports).breaches == ()
    with traffic.fault(fault):
        found = [next(reports) for _ in range(3)]
    assert {f.kind for report in found for f in report.breaches} == {"slow"}


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize("is_busy", [False, True])
def test_each_fault_is_found_within_three_samples_and_nothing_else_is(seed: int, is_busy: bool) -> None:
    traffic = Traffic(seed)
    before = traffic.measure()
    reports = traffic.watch(before, MINUTES)
    if is_busy:
        traffic.faults.add("busy machine")
    number = 0
    for position, (fault, kind) in enumerate(KIND_OF.items()):
        while number < 30 + 40 * position:
            report = next(reports)
            number = report.number
            assert report.breaches == (), f"{report.breaches} before {fault}"
        with traffic.fault(fault):
            found = [next(reports) for _ in range(3)]
        kinds = {f.kind for report in found for f in report.breaches}
        is_held = is_busy and fault == "slow"  # as slow as others on this machine: nobody can tell
        assert kinds == (set() if is_held else {kind}), fault
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
