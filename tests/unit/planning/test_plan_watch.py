"""How long a release is watched, and when the one before may come back by itself."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.model.deployments import DeployRequest, Mode, Plan
from deploy.model.releases import Image, RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport
from deploy.planning.plan_deployment import plan_deployment, plan_rollback
from deploy.planning.plan_watch import stays_because, watch_seconds
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.promote_release import PromoteRelease
from deploy.steps.registry import read_plan
from deploy.steps.watch_release import WatchRelease
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.fakes.planned_steps import last_of

RUNNING = Image("sha256:old", "example/shop:old", None, 1)


def risk(kind: RevisionKind) -> RiskReport:
    return RiskReport((RevisionRisk("r2", "", RiskLevel.LOW, kind, ()),))


def plan(mode: Mode = Mode.AUTO_MIGRATE, report: RiskReport | None = None, **changes: Any) -> Plan:
    look = fake_observed(running_image=changes.pop("running", RUNNING))
    settings = fake_settings(watch_minutes=10)
    return plan_deployment(settings, look, report or RiskReport(()), DeployRequest(mode, **changes), ((), ()))


@pytest.mark.parametrize(
    ("mode", "said", "minutes"),
    [
        (Mode.AUTO_MIGRATE, None, 10), (Mode.MANUAL_MIGRATE, None, 10), (Mode.SKIP_MIGRATE, None, 2),
        (Mode.ROLLBACK, None, 0), (Mode.SKIP_MIGRATE, -1.0, 10), (Mode.AUTO_MIGRATE, 0.0, 0), (Mode.AUTO_MIGRATE, 2.5, 2.5),
    ],
)
def test_how_long_is_said_by_flag_mode_and_settings(mode: Mode, said: float | None, minutes: float) -> None:
    request = DeployRequest(mode, watch_minutes=said)
    assert watch_seconds(fake_settings(watch_minutes=10), request) == minutes * 60
    assert watch_seconds(fake_settings(watch_minutes=0), DeployRequest(mode, watch_minutes=-1.0)) == 600
    if said is None:
        assert watch_seconds(fake_settings(watch_minutes=0), request) == 0


def test_it_is_measured_first_and_watched_last_before_the_promotion() -> None:
    names = [step.name for step in plan(has_backup=True).steps]
    assert names[0] == "measure-before"
    assert names.index("watch-release") == names.index("promote-release") - 1
    assert names.index("verify-release") < names.index("watch-release")


def test_without_minutes_there_is_no_step_of_the_watch() -> None:
    for request in ({"watch_minutes": 0.0}, {"watch_minutes": 0.0, "mode": Mode.SKIP_MIGRATE}):
        assert not {"measure-before", "watch-release"} & {step.name for step in plan(**request).steps}


def test_the_first_release_of_all_is_watched_without_a_window_before() -> None:
    names = [step.name for step in plan(running=None).steps]
    assert "measure-before" not in names
    assert "watch-release" in names


def test_a_rollback_is_watched_when_asked_to_and_the_newer_release_may_come_back() -> None:
    look = fake_observed(running_image=RUNNING)
    made = plan_rollback(fake_settings(), look, 1, RUNNING, 120)
    assert last_of(made, WatchRelease).seconds == 120


def test_the_release_before_comes_back_by_itself_only_where_it_is_known_to_work() -> None:
    look = fake_observed(running_image=RUNNING)
    assert stays_because(look, risk(RevisionKind.EXPAND), "release-1", is_migrating=True) == ""
    assert "r2" in stays_because(look, risk(RevisionKind.CONTRACT), "release-1", is_migrating=True)
    assert "r2" in stays_because(look, risk(RevisionKind.UNKNOWN), "release-1", is_migrating=True)
    assert "r2" in stays_because(look, RiskReport(()), "release-1", is_migrating=True)
    assert stays_because(look, RiskReport(()), "release-1", is_migrating=False) == ""
    remembered = fake_observed(running_image=RUNNING, revision_kinds={"r2": RevisionKind.EXPAND})
    assert stays_because(remembered, RiskReport(()), "release-1", is_migrating=True) == ""
    assert stays_because(fake_observed(), RiskReport(()), None, is_migrating=False) == "no release served before it"


def test_a_watch_of_another_environment_moves_that_environments_latest() -> None:
    settings = fake_settings(watch_minutes=1, environment_name="staging")
    made = plan_deployment(
        settings, fake_observed(running_image=RUNNING), RiskReport(()), DeployRequest(Mode.SKIP_MIGRATE), ((), ())
    )
    latest = last_of(made, PromoteRelease).latest_reference
    assert last_of(made, WatchRelease).latest_reference == latest == "example/shop-staging:latest"


def test_the_plan_says_what_would_follow_and_holds_what_a_person_needs() -> None:
    watch = last_of(plan(report=risk(RevisionKind.CONTRACT)), WatchRelease)
    assert "a person decides" in watch.says
    assert "rollback --with-schema" in watch.choices
    assert "deploy a repaired image" in watch.choices


def test_the_watchdog_of_the_migration_is_told_its_limits() -> None:
    guard = last_of(plan(), MigrateDatabase).guard
    assert (guard.max_block_seconds, guard.obstacle_wait_seconds, guard.tables) == (15, 120, None)


def test_a_plan_with_a_watch_survives_json() -> None:
    made = plan(report=risk(RevisionKind.EXPAND))
    assert read_plan(made.to_json()) == made


def test_nothing_pending_means_that_the_schema_is_the_one_that_the_release_before_ran_on() -> None:
    look = fake_observed(running_image=RUNNING, database=FakeDatabase("r2").state)
    made = plan_deployment(
        fake_settings(watch_minutes=1), look, RiskReport(()), DeployRequest(Mode.AUTO_MIGRATE), ((), ())
    )
    watch = last_of(made, WatchRelease)
    assert (watch.stays_because, watch.previous) == ("", "manual")
