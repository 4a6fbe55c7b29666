"""When a watch is planned, for how long, what may come back by itself, and which tables the migration's guard knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.check import CheckReport, LockWindow
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.effects import Effects
from deploy.model.locks import LockMode
from deploy.model.releases import Image, RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport
from deploy.model.steps import Step
from deploy.planning.plan_watch import guard_limits, plan_measuring, plan_watching, stays_because, watch_seconds
from deploy.steps.watch_release import WatchRelease
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.unit.cli.check_report.reports import a_report, a_statement

RUNNING = Image("sha256:old", "example/shop:old", None, 1)


@pytest.mark.parametrize(
    ("usual", "short", "minutes"), [(10, 2, 2), (1, 2, 1), (2, 2, 2), (0, 2, 0), (10, 0, 0)]
)
def test_a_deployment_that_migrates_nothing_is_watched_for_the_shorter_time(usual: float, short: float, minutes: float) -> None:
    settings = fake_settings(watch_minutes=usual, watch_short_minutes=short)
    assert watch_seconds(settings, DeployRequest(Mode.SKIP_MIGRATE)) == minutes * 60
    assert watch_seconds(settings, DeployRequest(Mode.MANUAL_MIGRATE)) == usual * 60
    assert watch_seconds(settings, DeployRequest(Mode.CONTRACT)) == 0


def test_a_watch_that_was_asked_for_without_minutes_lasts_as_long_as_is_usual_and_else_ten() -> None:
    asked = DeployRequest(Mode.ROLLBACK, watch_minutes=-1)
    assert watch_seconds(fake_settings(watch_minutes=4), asked) == 240
    assert watch_seconds(fake_settings(watch_minutes=0), asked) == 600
    assert watch_seconds(fake_settings(watch_minutes=4), replace(asked, watch_minutes=0)) == 0


def test_nothing_is_measured_where_nothing_serves_is_watched_or_is_to_be_measured() -> None:
    look, settings = fake_observed(running_image=RUNNING), fake_settings(watch_before_seconds=30)
    assert len(plan_measuring(settings, look, 60)) == 1
    assert plan_measuring(settings, look, 0) == []
    assert plan_measuring(settings, fake_observed(), 60) == []
    assert plan_measuring(fake_settings(watch_before_seconds=0), look, 60) == []


def _watch(previous: str | None, *, stays: str = "", is_migrating: bool = False, seconds: float = 60, **changes: Any) -> WatchRelease:
    steps: list[Step] = plan_watching(
        fake_settings(replicas=2), fake_observed(**changes), RUNNING, 2, seconds, stays_because=stays, previous=previous,
        is_migrating=is_migrating,
    )
    [step] = steps
    assert isinstance(step, WatchRelease)
    return step


def test_a_watch_knows_what_was_before_it_and_whether_it_may_come_back() -> None:
    first, later = _watch(None, stays="no release served"), _watch("release-1")
    assert (first.previous, first.previous_number, first.stays_because) == ("", None, "no release served")
    assert (later.previous, later.stays_because, later.thresholds.replicas) == ("release-1", "", 2)
    assert "release-1 comes back" in later.says
    assert "release-1 comes back" not in _watch("release-1", stays="not known").says
    assert "2.5 min" in _watch("release-1", seconds=150).says


def test_what_a_person_can_choose_is_only_what_there_is() -> None:
    choices = {
        (previous, migrating): [
            word in _watch(previous, is_migrating=migrating).choices for word in ("--with-schema", "backup list")
        ]
        for previous in (None, "release-1") for migrating in (False, True)
    }
    assert choices == {
        (None, False): [False, False], (None, True): [False, False],
        ("release-1", False): [False, True], ("release-1", True): [True, True],
    }


def test_what_a_plan_judges_goes_before_what_is_remembered_and_each_unsure_revision_is_named() -> None:
    look = fake_observed(
        running_image=RUNNING, graph=linear_graph("r1", "r2", "r3"), revision_kinds={"r2": RevisionKind.EXPAND, "r3": RevisionKind.EXPAND}
    )

    def because(*kinds: RevisionKind, previous: str | None = "release-1", observed: Any = look) -> str:
        risk = RiskReport(tuple(RevisionRisk(f"r{n}", "", RiskLevel.LOW, kind, ()) for n, kind in enumerate(kinds, 2)))
        return stays_because(observed, risk, previous, is_migrating=True)

    assert because() == ""
    assert because(RevisionKind.CONTRACT).endswith("revision r2")
    assert because(RevisionKind.EXPAND, RevisionKind.UNKNOWN).endswith("revision r3")
    assert because(RevisionKind.UNKNOWN, RevisionKind.CONTRACT).endswith("revisions r2, r3")
    assert because(previous=None) == because(observed=replace(look, running_image=None)) != ""
    assert because(RevisionKind.CONTRACT, observed=replace(look, graph=None)) == ""


# ── the guard of the migration ───────────────────────────────────────────────


def _tables(*statements: Any, windows: tuple[str, ...] = ("public.orders", "public.lines", "public.orders")) -> tuple[str, ...] | None:
    made = tuple(LockWindow(1, name, LockMode.ACCESS_EXCLUSIVE, 0, 0, None, ()) for name in windows)
    report: CheckReport = a_report(statements=statements, windows=made)
    return guard_limits(fake_settings(), report).tables


def test_the_guard_is_told_the_settings_limits() -> None:
    settings = fake_settings(
        migration_max_block_seconds=1, migration_block_attempts=2, migration_obstacle_seconds=3, migration_obstacle_wait_seconds=4
    )
    guard = guard_limits(settings, None)
    assert (guard.max_block_seconds, guard.block_attempts, guard.obstacle_seconds, guard.obstacle_wait_seconds) == (1, 2, 3, 4)
    assert guard.tables is None


def test_the_guard_knows_the_tables_only_where_every_statement_was_measured_and_every_name_is_whole() -> None:
    seen = a_statement("ALTER TABLE orders ADD a int")
    assert _tables(seen) == ("public.lines", "public.orders")
    assert _tables() is None
    assert _tables(seen, replace(seen, measured=None)) is None
    assert _tables(seen, a_statement("CREATE INDEX CONCURRENTLY i ON orders (a)", effects=Effects())) is None
    assert _tables(seen, windows=("public.orders", "orders")) is None
    assert _tables(seen, windows=()) == ()
