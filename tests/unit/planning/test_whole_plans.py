"""Every value of a plan comes from where it should: the look and the settings differ in every place from each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.check import LockWindow
from deploy.model.compose_look import ComposeLook
from deploy.model.containers import RELEASE_LABEL, Container, Health
from deploy.model.database import InvalidIndex
from deploy.model.deployments import DeployRequest, Mode, Plan
from deploy.model.health import HealthExpectation
from deploy.model.locks import LockMode
from deploy.model.observed import Observed
from deploy.model.releases import Image, Leaving, Release, ReleaseState, RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport
from deploy.model.steps import Step
from deploy.model.watching import Thresholds
from deploy.planning.check_record import check_id, check_record
from deploy.planning.downgrade_command import downgrade_command
from deploy.planning.plan_deployment import plan_backup, plan_contract, plan_deployment, plan_rollback
from deploy.planning.plan_trial import trial_warnings
from deploy.steps.back_up_database import BackUpDatabase
from deploy.steps.check_health import CheckHealth
from deploy.steps.keep_configuration import KeepConfiguration
from deploy.steps.measure_before import MeasureBefore
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.migration_guard import GuardLimits
from deploy.steps.promote_release import FormerMark, LeftRelease, PromoteRelease
from deploy.steps.prune_releases import PruneReleases
from deploy.steps.switch_containers import FormerRelease, ServedRelease, SwitchContainers
from deploy.steps.tag_for_rollback import TagForRollback
from deploy.steps.try_release import TryRelease
from deploy.steps.verify_data import MeasureData, VerifyData
from deploy.steps.verify_release import VerifyRelease
from deploy.steps.watch_release import WatchRelease
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.fakes.planned_steps import last_of
from tests.unit.cli.check_report.reports import a_report, a_statement
from tests.unit.cli.check_report.reports import realistic_report as report

OLD = Image("sha256:old", "example/shop:old", "example/shop@sha256:01", 1)
NEW = Image("sha256:new", "example/shop:latest", "example/shop@sha256:02", 1000)
OLDER = Image("sha256:older", "example/shop:older", None, 1)
RISK = RiskReport((RevisionRisk("r2", "", RiskLevel.HIGH, RevisionKind.EXPAND, ()),))
COMPOSE = ComposeLook(
    health_test=("CMD", "ask"), health_timeout_seconds=4, start_limit_seconds=33, mount_targets=(), path_variable="",
    edge_port=8000, edge_health_path="/edge-health", config={},
)


def settings(**changes: Any) -> Any:
    return fake_settings(**{
        "app_service": "web", "edge_service": "door", "migration_service": "mover", "replicas": 2, "switch": "drain",
        "start_timeout_seconds": 31, "drain_timeout_seconds": 12, "stop_grace_seconds": 6, "health_timeout_seconds": 21,
        "public_url": "http://shop.test", "health_path": "/healthy", "release_header": "X-Which", "watch_minutes": 3,
        "watch_before_seconds": 17, "environment_name": "staging", **changes,
    })


def release(number: int, image: Image, **changes: Any) -> Release:
    return replace(Release(number, image, ("r1",), ReleaseState.GOOD, "d1", AT), configuration="c", **changes)


def container(name: str, health: Health = Health.HEALTHY, label: str = "release-7") -> Container:
    return Container(
        name, name, "web", OLD.image_id, "running", health, 0, False, 0, (), labels={RELEASE_LABEL: label}
    )


def look(**changes: Any) -> Any:
    current = release(7, OLD)
    return fake_observed(**{
        "image": NEW, "running_image": OLD, "running_containers": (container("a"), container("b")),
        "current_release": current, "releases": (current, release(5, OLDER)), "next_release_number": 9,
        "latest_image_id": "sha256:elsewhere", "backup_image_id": "sha256:older", "has_page": True,
        "configuration": "d", "compose": COMPOSE, "data_check_names": ("orders", "users"), **changes,
    })


def full() -> Plan:
    request = DeployRequest(Mode.AUTO_MIGRATE, has_backup=True, has_health_check=True)
    return plan_deployment(settings(), look(), RISK, request, ((3, 4), ("b1",)))


def rollback() -> Plan:
    return plan_rollback(settings(), look(image=OLDER), 5, OLDER, 60)


def skip() -> Plan:
    return plan_deployment(settings(), look(), RiskReport(()), DeployRequest(Mode.SKIP_MIGRATE), ((), ()))


def contract(*, has_backup: bool = True, **changes: Any) -> Plan:
    request = DeployRequest(Mode.CONTRACT, has_backup=has_backup)
    return plan_contract(settings(), look(**changes), RISK, request, 7, report())


# ── expected: `says` and `choices` are words for people, and are left out ──


def steps(plan: Plan) -> list[Step]:
    """Without their words."""
    return [replace(step, says="", **({"choices": ""} if isinstance(step, WatchRelease) else {})) for step in plan.steps]


def measured() -> Step:
    return MeasureBefore(says="", service="web", url="http://shop.test/healthy", seconds=17, others=())


def switched(image: Image, name: str) -> Step:
    return SwitchContainers(
        says="", strategy="drain", had_page=True, service="web", edge_service="door", replicas=2,
        start_timeout_seconds=31, drain_timeout_seconds=12, stop_grace_seconds=6, start_limit="",
        new=ServedRelease(image_id=image.image_id, release=name),
        old=FormerRelease(image_id="sha256:old", release="release-7", digest="example/shop@sha256:01", is_sick=False),
    )


def healthy(image: Image, name: str, revision_id: str) -> Step:
    expectation = HealthExpectation("web", "http://shop.test/healthy", "X-Which", name, image.image_id, (revision_id,))
    return CheckHealth(says="", expectation=expectation, timeout_seconds=21)


def verified(image: Image, revision_id: str) -> Step:
    return VerifyRelease(says="", service="web", image_id=image.image_id, replicas=2, revision_ids=(revision_id,))


def watched(image: Image, number: int, seconds: float) -> Step:
    return WatchRelease(
        says="", service="web", url="http://shop.test/healthy", seconds=seconds, thresholds=Thresholds(replicas=2),
        release=f"release-{number}", number=number, image_id=image.image_id, previous="release-7", previous_number=7,
        latest_reference="example/shop-staging:latest", stays_because="", choices="", others=(),
    )


def promoted(image: Image, number: int, left: LeftRelease | None = None) -> Step:
    return PromoteRelease(
        says="", latest_reference="example/shop-staging:latest", image_id=image.image_id, number=number,
        previous_latest_image_id="sha256:old", previous_number=7, left=left, left_before=(), configuration="d",
    )


def tagged(image: Image, number: int, before: str | None) -> Step:
    name, backup = f"example/shop-staging:release-{number}", "example/shop-staging:backup"
    return TagForRollback(
        says="", names={name: image.image_id, backup: "sha256:old"}, previous={name: before, backup: "sha256:older"}
    )


def keeping(number: int) -> Step:
    return KeepConfiguration(says="", release=f"release-{number}", replaces=False, images=())


def migrated(name: str) -> MigrateDatabase:
    return MigrateDatabase(
        says="", service="mover", image_id="sha256:new", release=name, from_ids=("r1",), target_ids=("r2",),
        target="head", commits_inside="",
        guard=GuardLimits(
            max_block_seconds=15, block_attempts=3, obstacle_seconds=30, obstacle_wait_seconds=120, tables=None
        ),
        downgrade_command=downgrade_command(settings(), "sha256:new", ("r1",)),
    )


def backed_up() -> Step:
    return BackUpDatabase(says="", image_id="sha256:old", release_number=7, external_max_age_seconds=None)


def test_a_deployment_with_everything_holds_each_value_where_it_belongs() -> None:
    plan = full()
    tried = TryRelease(
        says="", service="web", container_name="auto_trader-try-release-9", image_id="sha256:new", release="release-9",
        health_test=("CMD", "ask"), health_timeout_seconds=4, limit_seconds=31, port=8000,
        paths=("/edge-health", "/healthy"), release_header="X-Which",
    )
    assert steps(plan) == [
        measured(), backed_up(), keeping(9), tagged(NEW, 9, None), tried,
        MeasureData(says="", image_id="sha256:new", from_ids=("r1",)), migrated("release-9"),
        VerifyData(says="", image_id="sha256:new"),
        switched(NEW, "release-9"), healthy(NEW, "release-9", "r2"), verified(NEW, "r2"), watched(NEW, 9, 180),
        promoted(NEW, 9),
        PruneReleases(says="", repository="example/shop-staging", release_numbers=(3, 4), backup_names=("b1",)),
    ]
    assert plan.summary == {
        "project": "auto_trader", "environment": "production", "database": "shop", "database_revision": "r1",
        "image": "example/shop:latest", "image_id": "sha256:new", "image_digest": "example/shop@sha256:02",
        "release": "release-9", "release_before": "release-7", "pending_revisions": ["r2"], "risk": "high",
    }
    assert (plan.mode, plan.warnings, plan.check) == (Mode.AUTO_MIGRATE, (), {})
    assert last_of(plan, MeasureData).says.startswith("2 ")
    migration = last_of(plan, MigrateDatabase).says
    assert (migration.startswith("1 revision:"), migration.endswith(" r1 → r2")) == (True, True)


def test_the_first_release_follows_nothing_and_nothing_comes_back_by_itself() -> None:
    first = look(running_image=None, running_containers=(), current_release=None, releases=())
    made = plan_deployment(settings(), first, RISK, DeployRequest(Mode.AUTO_MIGRATE), ((), ()))
    watch, switch = last_of(made, WatchRelease), last_of(made, SwitchContainers)
    assert (watch.previous, watch.previous_number, bool(watch.stays_because), switch.old) == ("", None, True, None)
    assert switch.says.startswith("nothing → release-")
    assert last_of(full(), SwitchContainers).says.startswith("release-7 → release-9")
    assert last_of(full(), TagForRollback).says == ":release-9, :backup"
    with_port = plan_rollback(settings().model_copy(update={"image_repository": "registry:5000/shop"}), look(), 5, OLDER)
    assert last_of(with_port, TagForRollback).says == ":release-5, :backup"
    labelled = look(running_image=None)  # containers whose image nobody could read
    made = plan_deployment(settings(), labelled, RISK, DeployRequest(Mode.AUTO_MIGRATE), ((), ()))
    assert last_of(made, WatchRelease).previous == ""


def test_from_an_empty_database_the_whole_way_is_told() -> None:
    request = DeployRequest(Mode.MANUAL_MIGRATE)
    made = plan_deployment(settings(), look(database=FakeDatabase().state), RISK, request, ((), ()))
    says = last_of(made, MigrateDatabase).says
    assert (says.startswith("2 revisions:"), says.endswith(" empty → r1 → r2")) == (True, True)


def test_a_rollback_holds_each_value_where_it_belongs() -> None:
    plan = rollback()
    assert steps(plan) == [
        measured(), keeping(5), tagged(OLDER, 5, "sha256:older"), switched(OLDER, "release-5"),
        healthy(OLDER, "release-5", "r1"),
        verified(OLDER, "r1"), watched(OLDER, 5, 60),
        promoted(OLDER, 5, LeftRelease(number=7, because="rolled back to release-5")),
    ]
    assert plan.mode is Mode.ROLLBACK
    assert (plan.summary["image_id"], plan.summary["release"], plan.summary["risk"]) == ("sha256:older", "release-5", "low")


def test_without_a_migration_health_check_or_backup_the_schema_stays_and_is_expected_so() -> None:
    assert steps(skip()) == [
        measured(), keeping(9), tagged(NEW, 9, None), switched(NEW, "release-9"), verified(NEW, "r1"),
        watched(NEW, 9, 120), promoted(NEW, 9), PruneReleases(says="", repository="example/shop-staging", release_numbers=(), backup_names=()),
    ]


def test_a_contract_migrates_with_the_release_that_serves_and_switches_nothing() -> None:
    plan = contract()
    around = [MeasureData(says="", image_id="sha256:new", from_ids=("r1",)), migrated("release-7"),
              VerifyData(says="", image_id="sha256:new")]
    assert steps(plan) == [backed_up(), *around]
    assert steps(contract(has_backup=False)) == around
    assert (plan.mode, plan.summary["release"], plan.summary["risk"]) == (Mode.CONTRACT, "release-7", "high")
    assert plan.check == check_record(report())
    assert plan.summary["check"] == check_id(report())


def test_what_the_check_measured_and_warned_of_goes_into_the_plan() -> None:
    window = LockWindow(1, "public.orders", LockMode.ACCESS_EXCLUSIVE, 0, 0, None, ())
    check = a_report(statements=(a_statement("ALTER TABLE orders ADD a int"),), windows=(window,), warnings=("limited",))
    request = DeployRequest(Mode.CONTRACT)
    for plan in (
        plan_contract(settings(), look(), RISK, request, 7, check),
        plan_deployment(settings(), look(), RISK, DeployRequest(Mode.AUTO_MIGRATE), ((), ()), check),
    ):
        assert last_of(plan, MigrateDatabase).guard.tables == ("public.orders",)
        assert "limited" in plan.warnings


def test_going_back_with_the_schema_is_a_choice_only_where_the_schema_was_changed() -> None:
    choices = ["--with-schema" in last_of(plan, WatchRelease).choices for plan in (full(), rollback(), skip())]
    assert choices == [True, False, False]


def test_a_backup_alone_names_its_database() -> None:
    plan = plan_backup(settings(), look())
    assert steps(plan) == [backed_up()]
    assert (plan.mode, plan.summary) == (
        Mode.BACKUP_ONLY, {"project": "auto_trader", "database": "shop", "revision": "r1"}
    )


def test_an_external_backup_is_proved_instead_of_made_and_is_not_copied() -> None:
    outside = settings(backup_external="ask", backup_external_max_age=7200, backup_copy_to=("/mnt/backups",))
    plan = plan_backup(outside, look(running_image=None, current_release=None))
    assert " 2 h" in plan.steps[0].says
    made = steps(plan)
    assert made == [BackUpDatabase(says="", image_id=None, release_number=None, external_max_age_seconds=7200)]


# ── what a judgement leaves in the plan ──────────────────────────────────────


def test_what_was_found_accepted_and_overridden_is_part_of_what_is_approved() -> None:
    request = DeployRequest(
        Mode.AUTO_MIGRATE, accepted_risk="high", risk_reason="seen", window_reason="urgent"
    )
    plan = plan_deployment(settings(), look(), RISK, request, ((), ()), report())
    assert {name: plan.summary[name] for name in ("check", "check_method", "backup", "accepted_risk", "reason")} == {
        "check": check_id(report()), "check_method": report().method, "backup": report().advice.backup,
        "accepted_risk": "high", "reason": "seen",
    }
    assert plan.summary["window_override"] == "urgent"
    assert plan.check == check_record(report())
    assert set(report().warnings) <= set(plan.warnings)


def test_a_window_that_was_overridden_is_in_the_plan_also_where_nothing_is_judged() -> None:
    request = DeployRequest(Mode.SKIP_MIGRATE, window_reason="urgent")
    made = plan_deployment(settings(), look(), RiskReport(()), request, ((), ()))
    assert made.summary["window_override"] == "urgent"
    empty = replace(report(), risk=RiskReport(()))
    made = plan_deployment(settings(), look(), RiskReport(()), replace(request, accepted_risk="high"), ((), ()), empty)
    assert not {"check", "check_method", "accepted_risk"} & set(made.summary)
    assert "window_override" not in full().summary


# ── one thing that is different ──────────────────────────────────────────────


def test_a_marked_release_that_serves_again_loses_its_mark_and_can_get_it_back() -> None:
    left = Leaving(AT, "it was slow")
    marked = (release(9, NEW, left=left), release(8, OLD, left=left), release(6, NEW))
    promotion = last_of(plan_rollback(settings(), look(releases=marked), 9, NEW), PromoteRelease)
    assert promotion.left_before == (FormerMark(number=9, at=AT, because="it was slow"),)


def test_who_is_sick_now_is_known_to_the_way_back() -> None:
    sick, well = container("a", Health.UNHEALTHY), container("b")
    for containers, is_sick in (((sick, sick), True), ((sick, well), False), ((), False)):
        old = last_of(rollback_of(running_containers=containers), SwitchContainers).old
        assert old is not None
        assert old.is_sick is is_sick


def test_the_containers_own_label_is_believed_before_the_ledger() -> None:
    def before(**changes: Any) -> Any:
        return rollback_of(**changes).summary["release_before"]

    assert before(running_containers=(container("a", label=""), container("b", label="release-6"))) == "release-6"
    assert before(running_containers=(container("a", label=""),)) == "release-7"
    assert before(running_containers=(), current_release=None) is None


def test_a_release_that_the_ledger_has_keeps_its_tag_and_another_gets_none_before() -> None:
    known = last_of(rollback_of(), TagForRollback).previous
    unknown = last_of(rollback_of(releases=()), TagForRollback).previous
    assert known["example/shop-staging:release-5"] == "sha256:older"
    assert unknown["example/shop-staging:release-5"] is None


def test_revisions_that_wait_are_listed_and_the_migration_stops_before_them() -> None:
    made = plan_deployment(
        settings(), look(held_revision_ids=("r3",)), RISK, DeployRequest(Mode.MANUAL_MIGRATE), ((), ())
    )
    assert made.summary["held_revisions"] == ["r3"]
    assert last_of(made, MigrateDatabase).target == "r2"
    assert "held_revisions" not in full().summary


def test_what_the_database_knows_and_the_image_does_not_leaves_nothing_pending() -> None:
    lost = look(database=FakeDatabase("rx").state)
    made = plan_deployment(settings(), lost, RiskReport(()), DeployRequest(Mode.SKIP_MIGRATE), ((), ()))
    assert (made.summary["pending_revisions"], made.warnings) == ([], ())


def test_invalid_indexes_are_told_before_anything_is_done() -> None:
    database = FakeDatabase("r1")
    database.change(invalid_indexes=(InvalidIndex("ix_a", "orders"), InvalidIndex("ix_b", "users")))
    warned = plan_deployment(settings(), look(database=database.state), RISK, DeployRequest(Mode.AUTO_MIGRATE), ((), ()))
    assert any(all(word in line for word in ("ix_a", "orders", "ix_b", "users")) for line in warned.warnings)


def test_a_gap_is_told_only_where_somebody_is_served_now() -> None:
    first = settings(switch="stop-first")
    kept = frozenset({5})
    assert plan_rollback(first, look(kept_numbers=kept), 5, OLDER).warnings
    assert plan_rollback(first, look(running_image=None, kept_numbers=kept), 5, OLDER).warnings == ()


def kept_look(*different: str) -> Observed:
    """Release 5 was kept, with another fingerprint than today's file has."""
    releases = tuple(replace(r, configuration="then") if r.number == 5 else r for r in look().releases)
    return look(kept_numbers=frozenset({5}), kept_differences=different, releases=releases, configuration="today")


def test_a_rollback_takes_the_file_that_was_kept_and_names_what_is_otherwise_without_a_value() -> None:
    plan = plan_rollback(settings(), kept_look("variable FLAG of service web"), 5, OLDER)

    assert "keep-configuration" not in [step.name for step in plan.steps]
    assert last_of(plan, PromoteRelease).configuration == "then"
    assert any("variable FLAG of service web" in line and "--with-todays-configuration" in line for line in plan.warnings)
    assert not any("configuration" in line for line in plan_rollback(settings(), kept_look(), 5, OLDER).warnings)


def test_a_rollback_with_todays_file_replaces_what_was_kept_where_it_differs() -> None:
    plan = plan_rollback(settings(), kept_look("variable FLAG of service web"), 5, OLDER, has_todays_configuration=True)

    assert last_of(plan, KeepConfiguration).replaces
    assert last_of(plan, PromoteRelease).configuration == "today"
    same = plan_rollback(settings(), kept_look(), 5, OLDER, has_todays_configuration=True)
    assert "keep-configuration" not in [step.name for step in same.steps]


def test_a_rollback_says_where_the_file_of_before_is_not_known() -> None:
    assert any("release-5 was not kept" in line for line in plan_rollback(settings(), look(), 5, OLDER).warnings)


def test_a_way_without_its_image_or_graph_is_a_mistake_of_the_program_and_not_of_the_plan() -> None:
    for changes in ({"image": None}, {"graph": None}):
        with pytest.raises(ValueError, match="image"):
            plan_deployment(settings(), look(**changes), RISK, DeployRequest(Mode.SKIP_MIGRATE), ((), ()))
    with pytest.raises(ValueError, match="image"):
        contract(image=None)


# ── the release that is tried before the migration ───────────────────────────


def tried(request: DeployRequest, compose: ComposeLook | None = COMPOSE, **changes: Any) -> TryRelease | None:
    made = plan_deployment(settings(**changes), look(compose=compose), RISK, request, ((), ()))
    return made.find(TryRelease)


def test_what_is_asked_of_the_tried_release_is_what_the_edge_and_the_health_check_will_ask() -> None:
    plain, checked = DeployRequest(Mode.AUTO_MIGRATE), DeployRequest(Mode.AUTO_MIGRATE, has_health_check=True)
    only_edge = tried(plain)
    assert only_edge is not None
    assert (only_edge.paths, only_edge.release_header) == (("/edge-health",), "")
    same = tried(checked, replace(COMPOSE, edge_health_path="/healthy"), release_header="")
    assert same is not None
    assert (same.paths, same.release_header) == (("/healthy",), "")


def test_a_start_may_last_as_long_as_the_shorter_of_both_limits() -> None:
    limits = {}
    for seconds in (30, 31, 32):
        made = tried(DeployRequest(Mode.AUTO_MIGRATE), replace(COMPOSE, start_limit_seconds=seconds))
        assert made is not None
        limits[seconds] = made.limit_seconds
    assert limits == {30: 30, 31: 31, 32: 31}


def test_what_helps_a_slow_start_is_said_only_where_the_compose_file_ends_it_first() -> None:
    says = {
        seconds: last_of(rollback_of(compose=replace(COMPOSE, start_limit_seconds=seconds)), SwitchContainers).start_limit
        for seconds in (30, 31)
    }
    assert "30 s" in says[30]
    assert says[31] == ""
    assert last_of(rollback_of(compose=None), SwitchContainers).start_limit == ""


def test_nothing_is_tried_where_two_must_not_run_and_that_is_said_where_it_matters() -> None:
    request = DeployRequest(Mode.AUTO_MIGRATE)
    for changes in ({"switch": "stop-first"}, {"tries_release": False}):
        assert tried(request, **changes) is None
        assert trial_warnings(settings(**changes), look(), is_migrating=True)
        assert trial_warnings(settings(**changes), look(), is_migrating=False) == ()
        assert trial_warnings(settings(**changes), look(compose=None), is_migrating=True) == ()
    assert tried(request, None) is None
    assert trial_warnings(settings(), look(), is_migrating=True) == ()


def rollback_of(**changes: Any) -> Plan:
    return plan_rollback(settings(), look(**{"image": OLDER, **changes}), 5, OLDER, 60)


def test_an_application_that_migrates_itself_is_not_started_before_the_migration_and_that_is_said() -> None:
    seen = look(migrates_at_start="alembic upgrade head")
    plan = plan_deployment(settings(), seen, RISK, DeployRequest(Mode.AUTO_MIGRATE), ((), ()))

    assert "try-release" not in [step.name for step in plan.steps]
    assert any("not started before the migration" in line and "alembic upgrade head" in line for line in plan.warnings)
    assert any("take it out of the start command" in line for line in plan.warnings)
    assert any("take it out of the start command" in line for line in plan_rollback(settings(), seen, 5, OLDER).warnings)
