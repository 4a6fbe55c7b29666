"""Every value of a plan that goes back (downgrade, rollback with the schema, restore) comes from where it should."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.containers import RELEASE_LABEL, Container, Health
from deploy.model.deployments import NEXT_COMMAND, Mode, Plan
from deploy.model.errors import BlockedError
from deploy.model.health import HealthExpectation
from deploy.model.planned_step import UndoKind
from deploy.model.releases import Image, Leaving, Release, ReleaseState, Revision, RevisionGraph, RevisionKind
from deploy.model.restores import RestoreRequest, kept_name, restoring_name
from deploy.model.steps import Step
from deploy.planning.plan_downgrade import gate_downgrade, plan_downgrade, resolve_target, revisions_back
from deploy.planning.plan_restore import plan_restore, restore_problems
from deploy.planning.plan_schema_rollback import STILL_DOWN, SchemaWay, plan_schema_rollback, schema_way
from deploy.planning.restored_release import ReleaseChoice
from deploy.steps.back_up_database import BackUpDatabase
from deploy.steps.begin_maintenance import BeginMaintenance
from deploy.steps.check_health import CheckHealth
from deploy.steps.compare_database import CompareDatabase
from deploy.steps.downgrade_database import DowngradeDatabase
from deploy.steps.end_maintenance import EndMaintenance
from deploy.steps.promote_release import LeftRelease, PromoteRelease
from deploy.steps.restore_database import RestoreDatabase
from deploy.steps.restore_in_place import RestoreInPlace
from deploy.steps.swap_databases import SwapDatabases
from deploy.steps.switch_containers import FormerRelease, ServedRelease, SwitchContainers
from deploy.steps.tag_for_rollback import TagForRollback
from tests.fakes.fake_database import FakeDatabase, make_backup
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import FakeWorld, fake_settings

OLD, NEW = Image("sha256:old", "example/shop:old", None, 1), Image("sha256:new", "example/shop:new", None, 1)
KNOWING = Image("sha256:knowing", "example/shop:knowing", None, 1)
GRAPH = linear_graph("r1", "r2", "r3")
TARGET = Release(5, OLD, ("r1",), ReleaseState.GOOD, "d1", AT)
CURRENT = Release(7, NEW, ("r3",), ReleaseState.GOOD, "d2", AT)
REVISIONS = tuple(replace(revision, commits="line 8 commits") for revision in GRAPH.revisions)
RUNNING = Container("c", "c", "web", NEW.image_id, "running", Health.HEALTHY, 0, False, 0, (), labels={RELEASE_LABEL: "release-7"})


def settings() -> Any:
    return fake_settings(
        app_service="web", edge_service="door", migration_service="mover", replicas=2, start_timeout_seconds=31,
        drain_timeout_seconds=12, stop_grace_seconds=6, health_timeout_seconds=21, public_url="http://shop.test",
        health_path="/healthy", release_header="X-Which", alembic_ini="etc/alembic.ini", environment="testing",
    )


def look(**changes: Any) -> Any:
    return fake_observed(**{
        "image": None, "graph": None, "running_image": NEW, "running_graph": GRAPH, "current_release": CURRENT,
        "running_containers": (RUNNING,), "releases": (CURRENT, TARGET), "database": FakeDatabase("r3").state,
        "configuration": "d", "backup_image_id": "sha256:older", **changes,
    })


def steps(plan: Plan) -> list[Step]:
    """Without their words for people."""
    return [
        replace(step, says="", **({"serves": ""} if isinstance(step, EndMaintenance) else {})) for step in plan.steps
    ]


def backed_up() -> Step:
    return BackUpDatabase(says="", image_id="sha256:new", release_number=7, external_max_age_seconds=None)


def begun(*, had_page: bool = False, closes: bool = False, old_name: str | None = None) -> Step:
    return BeginMaintenance(
        says="", database_name="shop", old_name=old_name, closes_database=closes, had_page=had_page,
        drain_timeout_seconds=12,
    )


def ended(kind: UndoKind, old_name: str | None = None) -> Step:
    return EndMaintenance(says="", undo_kind=kind, service="web", timeout_seconds=21, old_name=old_name, serves="")


def switched(new: ServedRelease | None, old: FormerRelease | None) -> Step:
    return SwitchContainers(
        says="", strategy="drain", had_page=True, service="web", edge_service="door", replicas=2,
        start_timeout_seconds=31, drain_timeout_seconds=12, stop_grace_seconds=6, start_limit="", new=new, old=old,
    )


def stopped() -> Step:
    return switched(None, FormerRelease(image_id="sha256:new", release="release-7"))


def started(image: Image = OLD, name: str = "release-5") -> Step:
    return switched(ServedRelease(image_id=image.image_id, release=name), None)


def healthy(image: Image, revision_id: str, url: str = "") -> Step:
    return CheckHealth(
        says="", expectation=HealthExpectation("web", url, "", None, image.image_id, (revision_id,)), timeout_seconds=21
    )


def promoted(left: LeftRelease | None = None) -> Step:
    return PromoteRelease(
        says="", latest_reference="example/shop:latest", image_id="sha256:old", number=5,
        previous_latest_image_id="sha256:new", previous_number=7, left=left, left_before=(), configuration="d",
    )


def downgraded(also_differs: tuple[str, ...] = ()) -> Step:
    return DowngradeDatabase(
        says="", service="mover", image_id="sha256:knowing", release="release-7",
        command=("alembic", "-c", "etc/alembic.ini", "downgrade", "r1"), from_ids=("r3",), target_ids=("r1",),
        commits_inside="revision r3: line 8 commits; revision r2: line 8 commits", also_differs=also_differs,
    )


# ── the schema alone ─────────────────────────────────────────────────────────


def test_a_downgrade_holds_each_value_where_it_belongs() -> None:
    plan = plan_downgrade(settings(), look(), KNOWING, ("r1",), (REVISIONS[2], REVISIONS[1]), "high")
    assert steps(plan) == [backed_up(), downgraded(), healthy(NEW, "r1", "http://shop.test/healthy")]
    assert (plan.mode, plan.summary) == (Mode.DOWNGRADE, {
        "project": "auto_trader", "environment": "testing", "database": "shop", "database_revision": "r3",
        "target": "r1", "taken_back": ["r3", "r2"], "image_id": "sha256:knowing", "release": "release-7", "risk": "high",
    })


def test_down_to_the_beginning_is_alembics_base_and_where_nothing_runs_nothing_is_asked() -> None:
    plan = plan_downgrade(
        settings(), look(running_image=None, running_containers=(), current_release=None), KNOWING, (), REVISIONS, "low"
    )
    assert [step.name for step in plan.steps] == ["back-up-database", "downgrade-database"]
    downgrade = plan.find(DowngradeDatabase)
    assert downgrade is not None
    assert (downgrade.command[-1], downgrade.target_ids, downgrade.release) == ("base", (), "manual")
    assert plan.summary["target"] == "base"


def test_several_revisions_are_kept_in_an_order_of_their_own() -> None:
    plan = plan_downgrade(settings(), look(database=FakeDatabase("r3", "a1").state), KNOWING, ("z", "b"), (), "low")
    downgrade = plan.find(DowngradeDatabase)
    assert downgrade is not None
    assert (downgrade.from_ids, downgrade.target_ids) == (("a1", "r3"), ("b", "z"))
    assert plan.summary["database_revision"] == "a1, r3"
    health = plan.find(CheckHealth)
    assert health is not None
    assert health.expectation.revision_ids == ("b", "z")


def test_what_names_no_or_several_revisions_is_refused_as_such() -> None:
    graph = linear_graph("abc1", "abd2")
    for word, part in (("ab", "abc1, abd2"), ("x", "no revision")):
        with pytest.raises(BlockedError, match=part) as caught:
            resolve_target(graph, word)
        assert caught.value.reference == "unknown-revision"
        assert caught.value.hint
        assert caught.value.what.endswith(": abc1, abd2") is (word == "ab")
        assert ("several" in caught.value.what, ":" in caught.value.what) == (word == "ab", word == "ab")
    assert resolve_target(linear_graph("a", "ab"), "a") == ("a",), "a whole name is not the beginning of another"


def test_a_target_that_is_no_part_of_the_way_is_refused() -> None:
    for at, to in ((("r1",), ("r2",)), (("r2",), ("r2",)), ((), ("r1",))):
        with pytest.raises(BlockedError) as caught:
            revisions_back(GRAPH, at, to)
        assert caught.value.reference == "nothing-to-downgrade"
        assert f"is at {at[0] if at else 'no revision'}, " in caught.value.what
        assert caught.value.hint


def _downgrade_hint(**changes: Any) -> str:
    with pytest.raises(BlockedError) as caught:
        gate_downgrade(look(**changes), ("r1",))
    assert caught.value.reference == "downgrade-needs-rollback"
    return caught.value.hint


def test_the_rollback_that_comes_first_goes_to_a_good_release_and_if_it_may_be_to_one_that_was_not_left() -> None:
    adds = {"known_graphs": (GRAPH,), "revision_kinds": {"r2": RevisionKind.EXPAND, "r3": RevisionKind.EXPAND}}
    assert "--to release-5, then downgrade again" in _downgrade_hint(**adds)
    assert "--with-schema" in _downgrade_hint(known_graphs=(GRAPH,), revision_kinds={"r2": RevisionKind.CONTRACT})
    left = replace(TARGET, number=6, left=Leaving(AT, "slow"))
    assert "--to release-5" in _downgrade_hint(releases=(CURRENT, left, TARGET))
    assert "--to release-6" in _downgrade_hint(releases=(CURRENT, left))
    for other in (replace(TARGET, state=ReleaseState.BAD), replace(TARGET, head_ids=("r2",))):
        assert "--to release" not in _downgrade_hint(releases=(CURRENT, other))
    assert "--to release-5" in _downgrade_hint(running_graph=None)


def test_a_downgrade_under_what_runs_names_both() -> None:
    for target, named, changes in (
        (("r1",), ("release-7 ", "revision r1"), {}), ((), ("release-7 ", "revision base"), {}),
        (("r1",), ("what runs ",), {"running_containers": (), "current_release": None}),
    ):
        with pytest.raises(BlockedError) as caught:
            gate_downgrade(look(**changes), target)
        assert [part in caught.value.what for part in named] == [True] * len(named)


def test_what_runs_and_is_of_the_target_stays() -> None:
    gate_downgrade(look(running_graph=linear_graph("r1")), ("r1",))
    gate_downgrade(look(running_image=None), ("r1",))


# ── the release and its schema ───────────────────────────────────────────────


def _schema_rollback(**changes: Any) -> Plan:
    way = SchemaWay((REVISIONS[2], REVISIONS[1]), ("r1",))
    return plan_schema_rollback(settings(), look(**changes), TARGET, OLD, KNOWING, way, "very high")


def test_a_rollback_with_the_schema_holds_each_value_where_it_belongs() -> None:
    plan = _schema_rollback()
    tagged = TagForRollback(
        says="", names={"example/shop:release-5": "sha256:old", "example/shop:backup": "sha256:new"},
        previous={"example/shop:release-5": "sha256:old", "example/shop:backup": "sha256:older"},
    )
    assert steps(plan) == [
        begun(), stopped(), backed_up(), tagged, downgraded(STILL_DOWN), started(), healthy(OLD, "r1"),
        promoted(LeftRelease(number=7, because="rolled back with its schema to release-5")), ended(UndoKind.REVERTED),
    ]
    assert (plan.mode, plan.summary) == (Mode.ROLLBACK, {
        "project": "auto_trader", "environment": "testing", "database": "shop", "database_revision": "r3",
        "target": "r1", "taken_back": ["r3", "r2"], "image_id": "sha256:old", "release": "release-5",
        "release_before": "release-7", "risk": "very high",
    })
    assert len(plan.warnings) == 1
    end = plan.find(EndMaintenance)
    assert end is not None
    assert end.serves.startswith("release-5 ")


def test_a_page_that_was_on_is_known_to_the_undo_and_stays_and_what_does_not_run_is_not_stopped() -> None:
    plan = _schema_rollback(has_page=True, running_image=None)
    assert steps(plan)[0] == begun(had_page=True)
    names = [step.name for step in plan.steps]
    assert names[1] == "back-up-database"
    assert names[-1] == "promote-release"
    assert plan.warnings != _schema_rollback().warnings


def test_down_to_no_revision_is_called_base() -> None:
    plan = plan_schema_rollback(settings(), look(), TARGET, OLD, KNOWING, SchemaWay(REVISIONS, ()), "high")
    assert plan.summary["target"] == "base"


def _way(graph: RevisionGraph, at: tuple[str, ...], target: RevisionGraph, **kinds: RevisionKind) -> tuple[list[str], tuple[str, ...]]:
    found = schema_way(graph, at, TARGET, target, kinds)
    return [revision.revision_id for revision in found.taken_back], found.target_ids


def test_as_few_as_possible_are_taken_back_from_the_newest_down() -> None:
    graph, adds, takes = linear_graph("r1", "r2", "r3", "r4"), RevisionKind.EXPAND, RevisionKind.CONTRACT
    assert _way(graph, ("r4",), linear_graph("r1"), r2=adds, r3=adds, r4=takes) == (["r4"], ("r3",))
    assert _way(graph, ("r4",), linear_graph("r1"), r2=adds, r3=adds, r4=adds) == (["r4"], ("r3",)), "one at least"
    assert _way(graph, ("r4",), linear_graph("r1"), r2=adds, r3=takes, r4=adds) == (["r4", "r3"], ("r2",))
    assert _way(graph, ("r4",), linear_graph("r1"), r2=takes, r3=adds, r4=takes) == (["r4", "r3", "r2"], ("r1",))
    assert _way(graph, ("r4",), RevisionGraph((), ()), r1=adds, r2=adds, r3=adds, r4=takes) == (["r4"], ("r3",))
    assert _way(graph, ("r4",), RevisionGraph((), ())) == (["r4", "r3", "r2", "r1"], ())


def test_a_dependency_or_several_revisions_of_the_database_go_whole() -> None:
    adds, takes = RevisionKind.EXPAND, RevisionKind.CONTRACT
    depending = RevisionGraph((*GRAPH.revisions[:2], replace(GRAPH.revisions[2], depends_on_ids=("r1",))), ("r3",))
    assert _way(depending, ("r3",), linear_graph("r1"), r2=adds, r3=takes) == (["r3", "r2"], ("r1",))
    forked = RevisionGraph((*linear_graph("r1", "r2").revisions, Revision("b", ("r1",), "", "")), ("r2", "b"))
    taken, target = _way(forked, ("r2", "b"), linear_graph("r1"), r2=adds, b=takes)
    assert (set(taken), target) == ({"r2", "b"}, ("r1",))


def test_two_branches_below_are_refused_with_the_one_that_goes_first() -> None:
    merged = RevisionGraph(
        (Revision("a", (), "", ""), Revision("b", (), "", ""), Revision("m", ("a", "b"), "", "")), ("m",)
    )
    with pytest.raises(BlockedError) as caught:
        schema_way(merged, ("m",), TARGET, RevisionGraph(merged.revisions[:2], ("a", "b")), {})
    assert caught.value.reference == "several-heads"
    assert "downgrade a," in caught.value.hint


# ── a restore ────────────────────────────────────────────────────────────────

BACKUP = make_backup()
REQUEST = RestoreRequest(BACKUP.name)
AFTER, WHILE = kept_name("shop", AT), restoring_name("shop", AT)


def _restore(
    choice: ReleaseChoice, request: RestoreRequest = REQUEST, *, has_page: bool = False, ground: Any = None, **changes: Any
) -> Plan:
    there = replace(FakeWorld("r1").restores.ground(), **(ground or {}))
    return plan_restore(settings(), look(**changes), BACKUP, there, request, choice, AT, has_page=has_page)


def _restored(old_name: str | None = AFTER, *, has_owner: bool = True) -> list[Step]:
    return [
        RestoreDatabase(
            says="", backup_name=BACKUP.name, new_name=WHILE, has_owner=has_owner, database_name="shop", old_name=old_name
        ),
        CompareDatabase(says="", backup_name=BACKUP.name, new_name=WHILE, database_name="shop", old_name=old_name),
        SwapDatabases(
            says="", backup_name=BACKUP.name, has_owner=has_owner, database_name="shop", new_name=WHILE, old_name=old_name
        ),
    ]


def test_a_restore_with_another_release_holds_each_value_where_it_belongs() -> None:
    plan = _restore(ReleaseChoice(TARGET))
    assert steps(plan) == [
        begun(old_name=AFTER), stopped(), begun(had_page=True, closes=True, old_name=AFTER), *_restored(), started(),
        healthy(OLD, "r1"), promoted(), ended(UndoKind.POINT_OF_NO_RETURN, AFTER),
    ]
    summary = {name: plan.summary[name] for name in (
        "project", "environment", "database", "backup", "database_revision", "restored_revision", "release",
        "release_before", "old_database",
    )}
    assert summary == {
        "project": "auto_trader", "environment": "testing", "database": "shop", "backup": BACKUP.name,
        "database_revision": "r3", "restored_revision": "r1", "release": "release-5", "release_before": "release-7",
        "old_database": AFTER,
    }
    assert plan.summary["backup_time"] == f"{BACKUP.manifest.started_at:%Y-%m-%d %H:%M:%S} UTC"
    assert (plan.mode, plan.warnings) == (Mode.RESTORE, ())
    first, stop, second, *_ = plan.steps
    assert ("release-7" in stop.says, "shop" in first.says, "shop" in second.says) == (True, False, True)
    swap = plan.find(SwapDatabases)
    assert swap is not None
    assert AFTER in swap.says
    assert NEXT_COMMAND not in plan.summary


def test_a_restore_that_keeps_what_runs_neither_stops_nor_starts_it() -> None:
    plan = _restore(ReleaseChoice(None), replace(REQUEST, has_owner=False), has_page=True)
    assert steps(plan) == [
        begun(had_page=True, closes=True, old_name=AFTER), *_restored(has_owner=False), healthy(NEW, "r1"),
        ended(UndoKind.POINT_OF_NO_RETURN, AFTER),
    ]
    assert plan.summary["release"] == "release-7"


def test_where_nothing_runs_nothing_is_stopped_and_nothing_is_asked() -> None:
    nothing: dict[str, Any] = {"running_image": None, "running_containers": (), "current_release": None}
    kept = _restore(ReleaseChoice(None), **nothing)
    assert "switch-containers" not in [step.name for step in kept.steps]
    assert "check-health" not in [step.name for step in kept.steps]
    other = _restore(ReleaseChoice(TARGET), **nothing)
    assert [step.name for step in other.steps].count("begin-maintenance") == 1
    assert [step.name for step in other.steps].count("switch-containers") == 1


def test_a_database_that_is_gone_is_not_closed_renamed_or_kept() -> None:
    plan = _restore(ReleaseChoice(None), ground={"database": None})
    assert steps(plan)[:4] == [begun(), *_restored(None)]
    assert plan.summary["old_database"] is None
    swap = plan.find(SwapDatabases)
    assert swap is not None
    assert swap.says.endswith(" shop")
    assert steps(plan)[-1] == ended(UndoKind.POINT_OF_NO_RETURN)


def test_an_application_that_is_kept_down_is_stopped_and_nothing_opens_the_page_again() -> None:
    plan = _restore(ReleaseChoice(None, keeps_down=True))
    assert steps(plan) == [
        begun(old_name=AFTER), stopped(), begun(had_page=True, closes=True, old_name=AFTER), *_restored(),
    ]
    assert (plan.summary["release"], plan.summary["release_before"]) == (None, "release-7")
    assert plan.summary[NEXT_COMMAND].endswith("--image sha256:new"), "what runs knows r1"
    assert len(plan.warnings) == 1
    for changes in ({"running_graph": linear_graph("x")}, {"running_graph": None}, {"running_image": None}):
        unknown = _restore(ReleaseChoice(None, keeps_down=True), **changes)
        assert unknown.summary[NEXT_COMMAND].endswith("--image IMAGE")


@pytest.mark.parametrize(("choice", "serves"), [
    (ReleaseChoice(None), [started(NEW, "release-7"), healthy(NEW, "r1")]),
    (ReleaseChoice(TARGET), [started(), healthy(OLD, "r1"), promoted()]),
])
def test_in_place_a_backup_comes_before_and_the_application_after(choice: ReleaseChoice, serves: list[Step]) -> None:
    plan = _restore(choice, replace(REQUEST, is_in_place=True), has_page=True)
    assert steps(plan) == [
        begun(had_page=True), stopped(), backed_up(),
        RestoreInPlace(says="", backup_name=BACKUP.name, database_name="shop", has_owner=True),
        CompareDatabase(says="", backup_name=BACKUP.name, new_name=None, database_name="shop", old_name=None),
        *serves, ended(UndoKind.REVERTED),
    ]
    assert len(plan.warnings) == 1


def test_in_place_what_does_not_run_is_neither_stopped_nor_started_and_a_name_is_found_for_what_has_none() -> None:
    request = replace(REQUEST, is_in_place=True)
    names = [step.name for step in _restore(ReleaseChoice(None), request, running_image=None).steps]
    assert "switch-containers" not in names
    unnamed = _restore(ReleaseChoice(None), request, running_containers=(), current_release=None)
    [_, start] = [step for step in unnamed.steps if isinstance(step, SwitchContainers)]
    assert start.new == ServedRelease(image_id="sha256:new", release="manual")


def test_who_may_not_swap_is_told_so_and_who_wished_it_is_not() -> None:
    obstacle = {"swap_obstacle": "role ann may not create databases"}
    assert len(_restore(ReleaseChoice(None), ground=obstacle).warnings) == 2
    assert len(_restore(ReleaseChoice(None), replace(REQUEST, is_in_place=True), ground=obstacle).warnings) == 1


def _problems(request: RestoreRequest = REQUEST, manifest: Any = BACKUP.manifest, *, is_elsewhere: bool = False, **ground: Any) -> list[str]:
    there = replace(FakeWorld("r1").restores.ground(), **ground)
    found = restore_problems(manifest, there, request, is_elsewhere=is_elsewhere)
    assert all(problem.hint for problem in found)
    return [problem.reference for problem in found]


def test_what_stands_in_the_way_of_a_restore_is_told_all_at_once() -> None:
    major = BACKUP.manifest.server_major
    in_place = replace(REQUEST, is_in_place=True)
    assert _problems() == []
    assert _problems(server_major=major) == _problems(server_major=major + 1) == []
    assert _problems(server_major=major - 1) == ["restore-older-server"]
    roles = replace(BACKUP.manifest, role_names=("ann", "bob"))
    assert _problems(manifest=roles) == ["restore-roles-missing"]
    assert _problems(replace(REQUEST, has_owner=False), roles) == []
    assert _problems(prepared_transactions=1) == _problems(in_place, prepared_transactions=1) == ["prepared-transactions"]
    assert _problems(prepared_transactions=1, is_elsewhere=True) == []
    assert _problems(in_place, database=None) == ["database-missing"]
    assert _problems(database=None) == []
    assert len(_problems(in_place, roles, server_major=major - 1, prepared_transactions=1, database=None)) == 4
