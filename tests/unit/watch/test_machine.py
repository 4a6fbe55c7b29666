"""When the machine is to blame for what is late, and when the release is, however busy the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.machine import MachineRates, MachineUse
from deploy.model.watching import Before, ContainerUse, EdgeCounters, LogErrors, Rates, Sample, Thresholds
from deploy.watch.machine import excuse, uses_more
from deploy.watch.rates import rates_between
from deploy.watch.watcher import Watcher
from tests.unit.watch.test_judging import database, sample

# Two cores, all taken, three quarters of them by somebody else.
BUSY = MachineRates(2, busy=1.0, stolen=0.0, own=0.2, stalled={"cpu": 0.8, "memory": 0.0, "io": 0.0}, own_waiting=0.6)
QUIET = MachineRates(2, busy=0.3, stolen=0.0, own=0.2, stalled={"cpu": 0.05, "memory": 0.0, "io": 0.0})
# 200 responses in 5 s: 0.2 of two cores are 10 ms of a core for each.
RATES = Rates(5, 200, 0, 559.0, 10.0, 0, table_scans=200, machine=BUSY)
BEFORE = Before(
    0.0, 89.0, 40.0, core_ms_per_response=10.0, database_ms_per_response=2.0, scans_per_response=1.0, machine=QUIET,
    memory_bytes=300,
)


def rates(machine: MachineRates | None = BUSY, **changes: Any) -> Rates:
    return replace(RATES, machine=machine, **changes)


def test_other_processes_on_every_core_are_an_excuse_that_names_them() -> None:
    says = excuse(rates(), BEFORE, 300)
    assert "80 % of them with work of other programs" in says
    assert "60 % of the time" in says


@pytest.mark.parametrize(
    "machine",
    [
        None, QUIET, replace(BUSY, busy=0.7), replace(BUSY, stalled={"cpu": 0.1}),
        replace(BUSY, own=0.9),  # it is the application itself that takes the cores
        replace(BUSY, database=0.7),  # it is its database
    ],
)
def test_without_others_on_every_core_there_is_no_excuse(machine: MachineRates | None) -> None:
    assert excuse(rates(machine), BEFORE, 300) == ""


def test_a_kernel_that_does_not_tell_pressure_is_judged_by_its_cores_alone() -> None:
    assert excuse(rates(replace(BUSY, stalled={}, own_waiting=None)), BEFORE, 300)
    assert excuse(rates(replace(QUIET, stalled={})), BEFORE, 300) == ""


def test_cores_that_the_host_of_the_machine_takes_are_an_excuse() -> None:
    assert excuse(rates(replace(BUSY, stolen=0.4, stalled={"cpu": 0.1})), BEFORE, 300)


def test_more_requests_than_before_are_an_excuse_where_each_costs_what_it_cost() -> None:
    machine = replace(BUSY, own=0.8)
    assert "200 requests a second (before 40)" in excuse(rates(machine, responses=1000), BEFORE, 300)
    assert excuse(rates(machine, responses=250), BEFORE, 300) == ""


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"machine": replace(BUSY, own=0.5)}, "the application 25 ms of a core (before 10 ms)"),
        ({"machine": replace(BUSY, database=0.3)}, "the database 15 ms of a core (before 2 ms)"),
        ({"table_scans": 400}, "reads tables 2.0 times (before 1.0)"),
        ({"scans_per_second": {"public.orders": 40.0}}, "public.orders is read from end to end"),
    ],
)
def test_a_release_that_uses_more_for_a_response_has_no_excuse_however_busy_the_machine(
    changes: dict[str, Any], word: str
) -> None:
    assert word in uses_more(rates(**changes), BEFORE)
    assert excuse(rates(**changes), BEFORE, 300) == ""


def test_a_release_that_burns_the_cores_without_requests_has_no_excuse() -> None:
    machine = replace(BUSY, own=0.6)
    assert "60 % of all cores" in uses_more(rates(machine, responses=0, table_scans=0), BEFORE)


def test_a_busy_disk_and_missing_memory_are_excuses_unless_the_release_took_the_memory() -> None:
    assert "the disk is busy" in excuse(rates(replace(QUIET, stalled={"io": 0.5})), BEFORE, 300)
    short = replace(QUIET, stalled={"memory": 0.3})
    assert "short of memory" in excuse(rates(short), BEFORE, 300)
    assert excuse(rates(short), BEFORE, 900) == ""
    assert excuse(rates(short), Before(machine=short, memory_bytes=300), 300) == ""


def test_what_happened_on_the_machine_between_two_samples() -> None:
    def at(seconds: float, machine: MachineUse, core_seconds: float, waited: float) -> Sample:
        use = ContainerUse("c1", "app-1", True, "healthy", 0, 1, 0, core_seconds, waited)
        return Sample(seconds, EdgeCounters(100, 0, 1, 1), (use,), 0, 0, LogErrors(), None, 0.1, machine=machine)

    first = at(10.0, MachineUse(2, 1000.0, 5.0, {"cpu": 50.0}, {7: 1.0, 8: 9.0}), 30.0, 3.0)
    last = at(20.0, MachineUse(2, 1016.0, 6.0, {"cpu": 58.0}, {7: 3.0, 9: 50.0}), 34.0, 5.0)
    found = rates_between(first, last).machine
    assert found == MachineRates(2, 0.8, 0.05, 0.2, {"cpu": 0.8}, own_waiting=0.2, database=0.1)
    assert rates_between(replace(first, machine=None), last).machine is None


def test_what_was_usual_of_the_machine_is_kept_with_the_deployment() -> None:
    assert Before.from_json(BEFORE.to_json()) == BEFORE


def busy_samples(count: int, **changes: Any) -> list[Sample]:
    """Every 5 s: all of two cores in use, 10 % by the application."""
    use = ContainerUse("c1", "shop-app-1", True, "healthy", 0, 300, 1000)
    return [
        sample(
            5.0 * number, containers=(replace(use, cpu_seconds=1.0 * number),),
            machine=MachineUse(2, 10.0 * number, 0.0, {"cpu": 4.0 * number}), **changes,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"probe_seconds": None, "probe_problem": "does not answer within 5 s"}, {"probe_seconds": 4.0},
        {"edge": EdgeCounters(1000, 0, 20, 0, late_count=1)}, {"log": LogErrors({"pool exhausted": 5})},
    ],
)
def test_what_is_late_on_a_busy_machine_is_held_and_the_watch_says_that_it_cannot_tell(changes: dict[str, Any]) -> None:
    watcher = Watcher(Thresholds(), None, 60)
    reports = [watcher.take(one) for one in busy_samples(6, **changes)]
    assert not any(report.breaches for report in reports[1:])
    assert "every core is busy" in reports[-1].undecided[0].held_because
    quiet = [watcher.take(sample(100.0 + 5 * number)) for number in range(5)]
    assert quiet[-1].undecided == ()


def test_errors_count_on_a_busy_machine_too_and_a_request_to_come_back_later_is_held() -> None:
    def run(overloaded_of_ten: int) -> tuple[bool, bool]:
        watcher = Watcher(Thresholds(), Before(0.0, 20.0, 40.0), 60)
        for number, one in enumerate(busy_samples(4)):
            edge = EdgeCounters(1000 + 100 * number, 10 * number, 20, 1, overloaded=overloaded_of_ten * number)
            report = watcher.take(replace(one, edge=edge))
        return bool(report.breaches), bool(report.undecided)

    assert run(0) == (True, False)
    assert run(5) == (True, False)
    assert run(10) == (False, True)


def test_while_the_database_does_not_answer_no_release_would_fare_better() -> None:
    watcher = Watcher(Thresholds(), Before(0.0, 20.0, 40.0), 60)
    gone = {"database": None, "database_problem": "database-unreachable: gone", "probe_problem": "answers 503"}
    for number in range(4):
        report = watcher.take(sample(5.0 * number, edge=EdgeCounters(1000, 100 * number, 20, 1), **gone))
    assert report.breaches == ()
    assert {finding.kind for finding in report.undecided} == {"database", "health", "errors"}
    for number in range(4, 7):  # it is back, and the errors go on: now they are the release's own
        report = watcher.take(sample(5.0 * number, edge=EdgeCounters(1000, 100 * number, 20, 1), database=database()))
    assert {finding.kind for finding in report.breaches} == {"errors"}


def test_a_crash_and_a_full_memory_count_on_a_busy_machine() -> None:
    for changes in ({"restart_count": 1}, {"out_of_memory_count": 1}):
        watcher = Watcher(Thresholds(), None, 60)
        assert [watcher.take(one) for one in busy_samples(3, **changes)][-1].breaches
