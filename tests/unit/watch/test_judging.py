"""When a number is too much, and what is never held against a release."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.monitoring import DatabaseSample, TableScans
from deploy.model.watching import (
    Before,
    ContainerUse,
    EdgeCounters,
    LogErrors,
    Rates,
    Sample,
    ServiceUse,
    Thresholds,
)
from deploy.watch.before import summarize
from deploy.watch.holding import hold
from deploy.watch.judge import judge
from deploy.watch.log_patterns import judge_lines, kind_of
from deploy.watch.rates import rates_between, recent_average
from deploy.watch.watcher import Watcher
from tests.fakes.fake_watch import blocked, totals

LIMITS = Thresholds()
APP = ContainerUse("c1", "shop-app-1", True, "healthy", 0, 300, 1000)


def database(**changes: Any) -> DatabaseSample:
    quiet = DatabaseSample(totals(), (), (), (), None)
    return replace(quiet, **changes)


def sample(at: float = 0.0, **changes: Any) -> Sample:
    quiet = Sample(at, EdgeCounters(1000, 0, 20, 1), (APP,), 0, 0, LogErrors(), database(), 0.01)
    return replace(quiet, **changes)


def kinds(one: Sample, rates: Rates | None = None, before: Before | None = None) -> set[str]:
    return {finding.kind for finding in judge(one, rates, before, LIMITS)}


def test_a_healthy_sample_shows_nothing() -> None:
    assert kinds(sample(), Rates(5, 200, 0, 20.0, 2.0, 0), Before(0.0, 20.0, 40.0)) == set()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"edge": None, "edge_problem": "gone"}, "edge"),
        ({"edge": EdgeCounters(1, 0, 1, 0)}, "edge"),
        ({"containers": ()}, "not-running"),
        ({"containers": (replace(APP, is_running=False),)}, "not-running"),
        ({"containers": (replace(APP, health="unhealthy"),)}, "unhealthy"),
        ({"containers": (replace(APP, memory_bytes=930),)}, "memory"),
        ({"restart_count": 1}, "restarts"),
        ({"out_of_memory_count": 1}, "out-of-memory"),
        ({"probe_problem": "answers 503", "probe_seconds": None}, "health"),
        ({"probe_seconds": 3.0}, "slow"),
        ({"database": None, "database_problem": "database-unreachable: gone"}, "database"),
        ({"database": None, "database_problem": "too-few-connections: none left"}, "connections"),
        ({"database": database(totals=totals(connections_used=90))}, "connections"),
        ({"database": database(totals=totals(waiting=11))}, "waiting"),
        ({"database": database(blocked=(blocked(waited_seconds=11.0),))}, "blocked"),
        ({"database": database(invalid_indexes=("public.orders.i",))}, "invalid-index"),
        ({"database": database(replica_lag_seconds=61.0)}, "replication"),
    ],
)
def test_each_thing_that_is_wrong_has_its_kind(change: dict[str, Any], kind: str) -> None:
    assert kinds(sample(**change)) == {kind}


def test_a_missing_memory_limit_is_no_full_memory() -> None:
    assert kinds(sample(containers=(replace(APP, memory_limit_bytes=0),))) == set()


def test_errors_count_above_what_was_usual_twice_over_and_not_when_they_are_few() -> None:
    assert kinds(sample(), Rates(5, 200, 3, None, 0, 0)) == {"errors"}
    assert kinds(sample(), Rates(5, 20, 2, None, 0, 0)) == set()
    assert kinds(sample(), Rates(5, 200, 7, None, 0, 0), Before(2.0)) == set()
    assert kinds(sample(), Rates(5, 200, 9, None, 0, 0), Before(2.0)) == {"errors"}
    assert kinds(sample(), Rates(5, 200, 120, None, 0, 0), Before(90.0)) == {"errors"}


def test_slow_is_compared_with_before_and_with_how_exact_the_number_is() -> None:
    assert kinds(sample(), Rates(5, 200, 0, 300.0, 10.0, 0)) == {"slow"}
    assert kinds(sample(), Rates(5, 200, 0, 300.0, 80.0, 0)) == set()
    assert kinds(sample(), Rates(5, 5, 0, 900.0, 1.0, 0)) == set()
    assert kinds(sample(), Rates(5, 200, 0, 700.0, 10.0, 0), Before(0.0, 400.0)) == set()
    assert kinds(sample(), Rates(5, 200, 0, 900.0, 10.0, 0), Before(0.0, 400.0)) == {"slow"}


def test_scans_that_appear_are_told_and_never_a_breach() -> None:
    rates = Rates(5, 0, 0, None, 0, 0, {"public.orders": 8.0})
    [finding] = judge(sample(), rates, Before(), LIMITS)
    assert (finding.kind, finding.is_breach) == ("scans", False)
    assert kinds(sample(), rates, Before(scans_per_second={"public.orders": 1.0})) == set()
    assert kinds(sample(), rates, None) == set()


def test_an_index_that_was_invalid_before_is_not_told_again() -> None:
    one = sample(database=database(invalid_indexes=("public.orders.i",)))
    assert kinds(one, None, Before(invalid_indexes=("public.orders.i",))) == set()


def test_what_happened_between_two_samples() -> None:
    first = sample(10.0, database=database(scans=(TableScans("public.orders", 20_000, 100),)))
    last = sample(
        20.0, edge=EdgeCounters(1190, 10, 20, 1),
        database=database(totals=totals(deadlocks=2), scans=(TableScans("public.orders", 20_000, 150),)),
    )
    rates = rates_between(first, last)
    assert (rates.responses, rates.failed, rates.failed_percent, rates.per_second) == (200, 10, 5.0, 20.0)
    assert rates.deadlocks == 2
    assert rates.scans_per_second == {"public.orders": 5.0}


def test_an_edge_that_was_restarted_tells_nothing_rather_than_nonsense() -> None:
    rates = rates_between(sample(0.0), sample(5.0, edge=EdgeCounters(3, 1, 9, 1)))
    assert (rates.responses, rates.failed, rates.average_ms) == (0, 0, None)


@pytest.mark.parametrize("count", [40, 200, 512, 3000])
def test_the_average_of_new_requests_is_worked_out_of_the_moving_average(count: int) -> None:
    average = 20.0
    for _ in range(count):
        average += (500 - average) / 512
    found, error = recent_average(EdgeCounters(5000, 0, 20, 1), EdgeCounters(5000 + count, 0, round(average), 1))
    assert found is not None
    assert abs(found - 500) <= error
    assert error < 30


def test_a_young_edge_has_a_plain_average() -> None:
    found, error = recent_average(EdgeCounters(100, 0, 20, 1), EdgeCounters(300, 0, 180, 1))
    assert found == pytest.approx((180 * 300 - 20 * 100) / 200, abs=error)


def test_before_uses_the_edges_whole_life_where_few_requests_came_in_the_window() -> None:
    quiet = [sample(0.0, edge=EdgeCounters(980, 20, 20, 1)), sample(10.0, edge=EdgeCounters(990, 20, 22, 1))]
    before = summarize(quiet)
    assert before is not None
    assert before.failed_percent == pytest.approx(100 * 20 / 1010)
    assert before.average_ms == 22
    busy = [quiet[0], sample(10.0, edge=EdgeCounters(1980, 20, 22, 1))]
    after = summarize(busy)
    assert after is not None
    assert after.failed_percent == 0.0
    assert summarize([]) is None
    assert Before.from_json(before.to_json()) == before


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('asyncpg.exceptions.UndefinedColumnError: column orders.side_code does not exist', "undefined column"),
        ('psycopg.errors.UndefinedTable: relation "orders_old" does not exist', "undefined table"),
        ('ERROR:  relation "orders_old" does not exist at character 15', "undefined table"),
        ("InvalidCachedStatementError: cached statement plan is invalid due to a schema change", "cached plan"),
        ("psycopg.errors.FeatureNotSupported: cached plan must not change result type", "cached plan"),
        ("alembic.util.exc.CommandError: Can't locate revision identified by '0008'", "unknown revision"),
        ("sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 5 reached", "pool exhausted"),
        ("FATAL:  sorry, too many clients already", "pool exhausted"),
        ("ConnectionRefusedError: [Errno 111] Connect call failed", "connection refused"),
        ('null value in column "side" of relation "orders" violates not-null constraint', "not-null violation"),
        ("ERROR:  canceling statement due to lock timeout", "lock timeout"),
        ("ERROR:  deadlock detected", "deadlock"),
        ("ERROR:  permission denied for table orders", "permission denied"),
        ('INFO: 10.0.0.1 - "GET /api/columns HTTP/1.1" 200 OK', ""),
        ("the user asked whether the column exists", ""),
    ],
)
def test_lines_that_matter_after_a_schema_change_are_known(line: str, kind: str) -> None:
    assert kind_of(line) == kind


def test_an_example_of_the_log_holds_no_password() -> None:
    found = judge_lines(["Connection refused: postgresql://shop:hunter2@db/shop"] * 3)
    assert found.counts == {"connection refused": 3}
    assert "hunter2" not in found.examples["connection refused"]


def test_log_errors_count_over_the_last_samples_and_not_where_they_were_usual() -> None:
    errors = LogErrors({"deadlock": 1}, {"deadlock": "deadlock detected"})
    watcher = Watcher(LIMITS, None, 60)
    found = [watcher.take(sample(5.0 * n, log=errors)) for n in range(4)]
    assert [{f.kind for f in report.findings} for report in found] == [set(), set(), {"log: deadlock"}, {"log: deadlock"}]
    assert [bool(report.breaches) for report in found] == [False, False, False, True]
    usual = Watcher(LIMITS, Before(log_kinds={"deadlock": 2}), 60)
    assert not any(usual.take(sample(5.0 * n, log=errors)).findings for n in range(6))


def test_a_breach_needs_several_samples_and_two_different_troubles_do_not_add_up() -> None:
    watcher = Watcher(LIMITS, None, 60)
    ill, full = {"restart_count": 1}, {"database": database(totals=totals(connections_used=96))}
    changes: list[dict[str, Any]] = [ill, full, {}, ill, {}, ill]
    found = [watcher.take(sample(5.0 * n, **change)) for n, change in enumerate(changes)]
    assert [{f.kind for f in report.breaches} for report in found] == [set(), set(), set(), set(), set(), {"restarts"}]


def test_deadlocks_add_up_over_the_watch() -> None:
    watcher = Watcher(LIMITS, None, 60)
    found = [
        watcher.take(sample(5.0 * n, database=database(totals=totals(deadlocks=n)))) for n in range(6)
    ]
    assert [bool(report.findings) for report in found] == [False, False, False, True, True, True]


@pytest.mark.parametrize(
    ("worker", "kind"),
    [
        (ServiceUse("worker", 2, (APP,)), "not-running worker"),
        (ServiceUse("worker", 1, (APP,), restart_count=9), "restarts worker"),
        (ServiceUse("worker", 1, (APP,), out_of_memory_count=1), "out-of-memory worker"),
        (ServiceUse("worker", 1, (replace(APP, health="unhealthy"),)), "unhealthy worker"),
        (ServiceUse("worker", 1, (replace(APP, memory_bytes=99, memory_limit_bytes=100),)), "memory worker"),
    ],
)
def test_a_worker_that_does_not_work_is_found_and_named(worker: ServiceUse, kind: str) -> None:
    found = judge(sample(others=(worker,)), None, None, Thresholds())
    assert [finding.kind for finding in found] == [kind]
    assert "worker" in found[0].says or "app" in found[0].says


def test_a_worker_that_works_or_cannot_be_asked_is_none() -> None:
    fine = ServiceUse("worker", 1, (APP,))
    silent = ServiceUse("beat", 1, (), problem="the engine does not answer")
    assert judge(sample(others=(fine, silent)), None, None, Thresholds()) == ()


def test_a_worker_that_ends_because_its_database_does_not_answer_is_not_held_against_the_release() -> None:
    gone = sample(others=(ServiceUse("worker", 1, ()),), database=None, database_problem="refused")
    held = hold(judge(gone, None, None, Thresholds()), "")
    assert {finding.kind: bool(finding.held_because) for finding in held}["not-running worker"]
