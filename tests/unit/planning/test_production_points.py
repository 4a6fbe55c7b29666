"""What is said of a production that was looked at: the area, how bad it is, and the command that comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.model.accessories import Accessory, SeenAccessory
from deploy.model.backups import BackupRecord, Verification
from deploy.model.containers import RELEASE_LABEL, Container, Health, HttpAnswer, Slot, SlotState
from deploy.model.database import InvalidIndex
from deploy.model.deployments import Actor, Deployment, DeploymentState, Mode, Plan, StepRecord, StepState
from deploy.model.maintenance import MaintenanceOrder, MaintenanceState
from deploy.model.production import Area, BackupsLook, LedgerLook, NotKnown, Point, PointState, Production
from deploy.model.releases import Image, Release, ReleaseState, Revision, RevisionGraph, RevisionKind
from deploy.model.roles import Role
from deploy.planning.production import judge_production
from tests.fakes.fake_database import FakeDatabase, make_backup
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_world import fake_settings
from tests.fakes.planned_steps import watch_release

AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
SILENT = NotKnown("it does not answer", "start it")
WRONG, UNKNOWN, OPEN = PointState.WRONG, PointState.NOT_KNOWN, PointState.OPEN
OLD, NEW = Image("sha256:old", "r", "example/shop@sha256:01", 1), Image("sha256:new", "r", None, 1)
BEFORE = Release(1, OLD, ("r1",), ReleaseState.GOOD, "d1", AT)
CURRENT = Release(2, NEW, ("r2",), ReleaseState.GOOD, "d2", AT)
DONE = Deployment("d0002", Plan(Mode.AUTO_MIGRATE, (), {"release": "release-2"}), DeploymentState.DONE, Actor("a", "h", None), AT, AT, 0, "done", ())
RUNS = replace(DONE, deployment_id="d0003", state=DeploymentState.RUNNING, plan=Plan(Mode.AUTO_MIGRATE, (), {"release": "release-3"}))
LOGS = "docker logs --tail 50 shop-app-1"
REDEPLOY = "./scripts/deploy.sh --skip-migrate --image sha256:new"
ROLLBACK = "./scripts/deploy.sh rollback"


def container(**changes: Any) -> Container:
    made = Container(
        "c1", "shop-app-1", "app", NEW.image_id, "running", Health.HEALTHY, None, False, 0, ("10.0.0.2",),
        {RELEASE_LABEL: "release-2"}, {}, AT - timedelta(hours=1),
    )
    return replace(made, **changes)


def edge(**changes: Any) -> Container:
    return container(**{"name": "shop-edge-1", "image_id": "sha256:edge", "labels": {}, "addresses": (), **changes})


def slot(**changes: Any) -> Slot:
    return replace(Slot("s1", "10.0.0.2", SlotState.READY, True, True, 0), **changes)


def ledger(**changes: Any) -> LedgerLook:
    graph = linear_graph("r1", "r2")
    return replace(LedgerLook(CURRENT, (CURRENT, BEFORE), None, DONE, graph, (graph,), {}), **changes)


WELL = Production(
    at=AT, lock_holder="", ledger=ledger(), app=(container(),), edge=(edge(),), slots=(slot(),),
    maintenance=MaintenanceState(False, None), answer=HttpAnswer(200, {"x-release": "release-2"}, b"", 0.1),
    database=FakeDatabase("r2").state,
    image_ids={OLD.image_id: OLD.image_id, NEW.image_id: NEW.image_id, "example/shop:latest": NEW.image_id, "example/shop:backup": OLD.image_id},
    backups=BackupsLook((make_backup("b1"),), ()), free_bytes={Path("/srv"): 2 * 1024**3},
)


def told(base: Production = WELL, *, settings: Any = None, **changes: Any) -> list[Point]:
    return list(judge_production(replace(base, **changes), settings or fake_settings()))


def points(**changes: Any) -> list[tuple[Area, PointState, str]]:
    return [(p.area, p.state, p.next_command) for p in told(**changes)]


def only(area: Area, **changes: Any) -> tuple[PointState, str]:
    """The one point of this area."""
    [point] = [point for point in points(**changes) if point[0] is area]
    return point[1:]


def test_what_is_well_is_not_spoken_of() -> None:
    assert told() == []


def test_what_is_wrong_comes_before_what_is_not_known_and_that_before_what_is_open() -> None:
    states = [state for _, state, _ in points(ledger=SILENT, database=SILENT, backups=BackupsLook((), ()))]
    assert states == [WRONG, UNKNOWN, OPEN]


# ── ledger and deployments ───────────────────────────────────────────────────

NEVER = {"ledger": ledger(current=None, releases=(), last=None, current_graph=None, known_graphs=())}


def test_a_ledger_that_cannot_be_read_or_was_lost_is_wrong() -> None:
    assert points(ledger=SILENT) == [(Area.LEDGER, WRONG, "start it")]
    state, command = only(Area.LEDGER, **NEVER)
    assert (state, "recover" in command) == (WRONG, True)
    lost = told(**NEVER)[0].says
    assert "shop-app-1 (release-2)" in lost


def test_where_nothing_was_deployed_nothing_is_expected() -> None:
    nothing: dict[str, Any] = {**NEVER, "app": (), "edge": (), "slots": SILENT, "answer": None, "backups": BackupsLook((), ())}
    assert points(**nothing) == [(Area.DEPLOYMENTS, OPEN, "./scripts/deploy.sh --auto-migrate --backup --health-check")]
    by_hand = (container(labels={RELEASE_LABEL: "manual"}),)
    assert only(Area.DEPLOYMENTS, **{**NEVER, "app": by_hand})[0] is OPEN
    assert only(Area.DEPLOYMENTS, **{**NEVER, "app": SILENT})[0] is OPEN


def test_an_unfinished_deployment_is_wrong_unless_somebody_works_on_it() -> None:
    unfinished = ledger(unfinished=RUNS, last=RUNS)
    state, command = only(Area.DEPLOYMENTS, ledger=unfinished)
    assert (state, "resume" in command, "abort" in command) == (WRONG, True, True)
    state, command = only(Area.DEPLOYMENTS, ledger=unfinished, lock_holder="ann")
    assert (state, command.startswith("./scripts/deploy.sh status")) == (OPEN, True)
    begun = StepRecord(0, "watch-release", StepState.BEGUN, AT, "", None)
    watched = replace(RUNS, plan=Plan(Mode.AUTO_MIGRATE, (watch_release(3),), {"release": "release-3"}), steps=(begun,))
    [point] = [p for p in told(ledger=ledger(unfinished=watched)) if p.area is Area.DEPLOYMENTS]
    assert (point.state, point.next_command.startswith("./scripts/deploy.sh abort")) == (OPEN, True)
    assert "d0003" in point.says


@pytest.mark.parametrize(
    ("state", "is_told"),
    [(DeploymentState.NOT_UNDONE, True), (DeploymentState.GIVEN_UP, True), (DeploymentState.UNDONE, False)],
)
def test_a_deployment_that_ended_badly_stays_open(state: DeploymentState, is_told: bool) -> None:
    last = replace(DONE, state=state, exit_code=4, outcome="given up")
    assert points(ledger=ledger(last=last)) == [(Area.DEPLOYMENTS, OPEN, "./scripts/deploy.sh report d0002")] * is_told
    assert not is_told or "exit code 4" in told(ledger=ledger(last=last))[0].says


def test_the_page_is_told_where_it_is_on_or_should_be() -> None:
    order = MaintenanceOrder((), (), AT, "ann")
    on, off = MaintenanceState(True, None), MaintenanceState(False, order)
    assert points(maintenance=on) == [(Area.EDGE, WRONG, "./scripts/deploy.sh maintenance off")]
    assert "2026-01-02 12:00 UTC by ann" in told(maintenance=MaintenanceState(True, order))[0].says
    assert "," not in told(maintenance=on)[0].says
    assert points(maintenance=off) == [(Area.EDGE, WRONG, "./scripts/deploy.sh maintenance on, or off")]
    assert points(maintenance=MaintenanceState(None, order)) == points(maintenance=SILENT) == []
    under_way = {"ledger": ledger(unfinished=RUNS), "lock_holder": "ann"}
    assert [p[0] for p in points(maintenance=on, **under_way)] == [Area.DEPLOYMENTS]


# ── containers ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "exited", "exit_code": 1}, (WRONG, "docker start shop-app-1")),
        ({"status": "created"}, (WRONG, "docker start shop-app-1")),
        ({"status": "dead"}, (WRONG, REDEPLOY)),
        ({"status": "exited", "image_id": "sha256:other"}, (WRONG, REDEPLOY)),
        ({"status": "restarting"}, (WRONG, ROLLBACK)),
    ],
)
def test_where_none_runs_what_can_be_started_is_started_and_what_crashes_is_not(
    changes: dict[str, Any], expected: tuple[PointState, str]
) -> None:
    assert only(Area.CONTAINERS, app=(container(**changes),)) == expected


def test_what_crashes_without_a_release_before_it_leads_to_its_log() -> None:
    alone = {"ledger": ledger(releases=(CURRENT,)), "app": (container(status="restarting"),)}
    assert only(Area.CONTAINERS, **alone) == (WRONG, LOGS)
    bad = ledger(releases=(CURRENT, replace(BEFORE, state=ReleaseState.BAD), replace(BEFORE, number=3)))
    assert only(Area.CONTAINERS, **{**alone, "ledger": bad}) == (WRONG, LOGS)
    assert only(Area.CONTAINERS, app=()) == (WRONG, REDEPLOY)
    assert only(Area.CONTAINERS, app=(), ledger=ledger(current=None)) == (WRONG, "")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"health": Health.UNHEALTHY}, [(WRONG, LOGS)]), ({"health": Health.STARTING}, [(UNKNOWN, "./scripts/deploy.sh status, in a few seconds")]),
        ({"health": Health.NONE}, []), ({"restart_count": 1}, []), ({"restart_count": 1, "started_at": None}, []),
        ({"restart_count": 1, "started_at": AT - timedelta(minutes=5)}, []),
        ({"restart_count": 1, "started_at": AT - timedelta(minutes=5) + timedelta(seconds=1)}, [(WRONG, ROLLBACK)]),
        ({"restart_count": 0, "started_at": AT}, []),
        ({"image_id": "sha256:other"}, [(WRONG, REDEPLOY)]), ({"labels": {RELEASE_LABEL: "release-9"}}, [(WRONG, REDEPLOY)]),
        ({"labels": {}}, []),
    ],
)
def test_each_running_container_is_asked_for_health_crashes_and_its_release(
    changes: dict[str, Any], expected: list[tuple[PointState, str]]
) -> None:
    found = [(state, command) for area, state, command in points(app=(container(**changes),)) if area is Area.CONTAINERS]
    assert found == expected


def test_what_crashes_while_a_deployment_is_unfinished_or_the_ledger_is_silent_has_only_its_log() -> None:
    crashing = (container(status="restarting"),)
    for changes in ({"ledger": SILENT}, {"ledger": ledger(unfinished=RUNS)}, {"ledger": ledger(current=None)}):
        assert only(Area.CONTAINERS, app=crashing, **changes) == (WRONG, LOGS)


def test_how_a_container_ended_or_is_now_is_told() -> None:
    def says(**changes: Any) -> str:
        return next(p.says for p in told(app=(container(name="b"), container(**changes))) if p.area is Area.CONTAINERS)

    assert says(status="exited", exit_code=3).endswith(" exited (exit code 3)")
    assert says(status="exited").endswith(" exited")
    assert "memory" in says(status="exited", is_oom_killed=True)
    lately = {"restart_count": 2, "started_at": AT}
    assert "running healthy" in says(**lately)
    assert "restarting healthy" not in says(status="restarting")
    assert "," not in says(status="restarting"), "neither how often nor why"
    assert "2 times" in says(**lately)
    assert ("memory" in says(**lately), "memory" in says(**lately, is_oom_killed=True)) == (False, True)


def test_a_container_that_nobody_labelled_is_said_to_have_no_release() -> None:
    [point] = told(app=(container(image_id="sha256:other", labels={}),))
    assert "no release" in point.says


def test_a_container_beside_one_that_runs_is_told_and_how_many_must_run() -> None:
    stopped = container(name="shop-app-2", status="exited")
    assert [(s, c) for a, s, c in points(app=(container(), stopped)) if a is Area.CONTAINERS] == [(WRONG, "docker start shop-app-2")]
    paused = container(name="shop-app-2", status="paused")
    assert (WRONG, "docker unpause shop-app-2") in [(s, c) for _, s, c in points(app=(container(), paused))]
    two = fake_settings(replicas=2)
    beside = [(s, c) for a, s, c in points(app=(container(), stopped), settings=two) if a is Area.CONTAINERS]
    assert beside == [(WRONG, "docker start shop-app-2"), (WRONG, "docker start shop-app-2")]
    nobody = ledger(current=None, current_graph=None)
    told_of_none = [(s, c) for a, s, c in points(app=(container(), stopped), settings=two, ledger=nobody) if a is Area.CONTAINERS]
    assert told_of_none == [(WRONG, "docker start shop-app-2"), (WRONG, "")], "how many must run is not known by release"
    assert only(Area.CONTAINERS, settings=two) == (WRONG, REDEPLOY)
    under_way = {"ledger": ledger(unfinished=RUNS), "lock_holder": "ann"}
    assert [p[0] for p in points(settings=two, **under_way)] == [Area.DEPLOYMENTS]


def test_while_a_deployment_is_under_way_its_release_may_run_too() -> None:
    third = replace(CURRENT, number=3, image=Image("sha256:third", "r", None, 1), state=ReleaseState.CANDIDATE)
    runs = container(image_id="sha256:third", labels={RELEASE_LABEL: "release-3"})
    both = ledger(unfinished=RUNS, releases=(third, CURRENT, BEFORE))
    images = {**WELL.image_ids, "sha256:third": "sha256:third"}  # type: ignore[dict-item]
    answered = HttpAnswer(200, {"x-release": "release-3"}, b"", 0.1)
    assert [p[0] for p in points(ledger=both, lock_holder="ann", app=(runs,), answer=answered, image_ids=images)] == [Area.DEPLOYMENTS]
    left = [p[0] for p in points(ledger=both, app=(runs,), answer=answered, image_ids=images)]
    assert (Area.CONTAINERS in left, Area.ANSWER in left) == (True, True)


# ── the edge and the answer ──────────────────────────────────────────────────


def test_an_edge_that_is_missing_stopped_or_sick_is_wrong() -> None:
    up = f"{fake_settings().compose_command} up -d --no-deps edge"
    assert points(edge=(), slots=SILENT) == [(Area.EDGE, WRONG, up)]
    assert points(edge=(edge(status="exited"),), slots=SILENT) == [(Area.EDGE, WRONG, "docker start shop-edge-1")]
    assert only(Area.EDGE, edge=(edge(health=Health.UNHEALTHY),)) == (WRONG, "docker logs --tail 50 shop-edge-1")
    crashing = edge(status="restarting", restart_count=3)
    assert only(Area.EDGE, edge=(crashing,), slots=SILENT) == (WRONG, "docker logs --tail 50 shop-edge-1"), "a rollback does not help an edge"
    assert points(edge=SILENT) == [(Area.EDGE, UNKNOWN, "start it")]
    assert points(slots=SILENT) == [(Area.EDGE, UNKNOWN, "start it")]
    assert [p[1] for p in points(slots=SILENT, edge=SILENT)] == [UNKNOWN, UNKNOWN]


def test_an_edge_that_starts_is_well_once_it_answers() -> None:
    starting = (edge(health=Health.STARTING),)
    assert points(edge=starting) == []
    for changes in ({"slots": SILENT}, {"answer": None}, {"answer": SILENT}):
        assert (Area.EDGE, UNKNOWN, "./scripts/deploy.sh status, in a few seconds") in points(edge=starting, **changes)


@pytest.mark.parametrize(
    ("slots", "words"),
    [
        ((), "no slot"), ((slot(address="10.0.0.9"),), "no slot"), ((slot(state=SlotState.DRAIN),), "s1"),
        ((slot(is_up=False),), "check"), ((slot(is_check_passed=False),), "check"),
        ((slot(state=SlotState.DRAIN), slot(is_up=False)), "check"),
        ((slot(is_up=False, is_last_resort=True),), "only because"),
    ],
)
def test_a_container_without_requests_is_wrong_and_why(slots: tuple[Slot, ...], words: str) -> None:
    [point] = told(slots=slots)
    assert (point.area, point.state, point.next_command) == (Area.EDGE, WRONG, LOGS)
    assert words in point.says


def test_what_is_well_or_stopped_hides_no_other_container_without_requests() -> None:
    second = container(name="shop-app-2", addresses=("10.0.0.3",))
    for first in (container(), container(status="exited")):
        assert (Area.EDGE, WRONG, "docker logs --tail 50 shop-app-2") in points(app=(first, second))


def test_one_good_slot_is_enough_and_what_does_not_run_or_is_being_changed_needs_none() -> None:
    assert told(slots=(slot(is_up=False), slot(name="s2"))) == []
    assert Area.EDGE not in [p[0] for p in points(app=(container(), container(status="exited", addresses=("x",))))]
    under_way = {"ledger": ledger(unfinished=RUNS), "lock_holder": "ann"}
    assert [p[0] for p in points(slots=(), **under_way)] == [Area.DEPLOYMENTS]
    assert [p[0] for p in points(slots=(), app=SILENT)] == [Area.CONTAINERS]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, [(WRONG, LOGS)]), (HttpAnswer(500, {}, b"", 0), [(WRONG, LOGS)]), (SILENT, [(UNKNOWN, "start it")]),
        (HttpAnswer(200, {"x-release": "release-1"}, b"", 0), [(WRONG, LOGS)]),
    ],
)
def test_a_bad_answer_is_wrong_and_none_at_all_too(answer: Any, expected: list[tuple[PointState, str]]) -> None:
    assert [(s, c) for a, s, c in points(answer=answer) if a is Area.ANSWER] == expected
    assert Area.ANSWER not in [p[0] for p in points(answer=answer, maintenance=MaintenanceState(True, None))]


def test_where_nothing_runs_or_is_known_a_bad_answer_has_no_log_to_look_at() -> None:
    assert only(Area.ANSWER, answer=None, app=()) == only(Area.ANSWER, answer=None, app=SILENT) == (WRONG, "")
    assert points(answer=HttpAnswer(200, {}, b"", 0), ledger=SILENT) == [(Area.LEDGER, WRONG, "start it")]


# ── the database ─────────────────────────────────────────────────────────────


def _database(*revision_ids: str, **changes: Any) -> Any:
    return replace(FakeDatabase(*(revision_ids or ("r2",))).state, **changes)


def test_a_database_that_is_silent_a_standby_or_holds_leftovers() -> None:
    assert points(database=SILENT) == [(Area.DATABASE, UNKNOWN, "start it")]
    assert points(database=_database(is_in_recovery=True)) == [(Area.DATABASE, WRONG, "point DATABASE_URL at the primary")]
    state, command = only(Area.SCHEMA, database=_database(invalid_indexes=(InvalidIndex("ix", "orders"),)))
    assert (state, "leftovers --remove" in command) == (WRONG, True)
    [point] = [p for p in told(database=_database("rx", revision_problem="two tables")) if p.area is Area.SCHEMA]
    assert (point.state, point.next_command.startswith("DEPLOY_VERSION_TABLE=")) == (UNKNOWN, True)
    assert "two tables" in point.says
    assert only(Area.SCHEMA, database=_database(unvalidated_constraint_names=("positive",))) == (OPEN, "")


def test_a_schema_that_the_release_does_not_know_is_wrong_unless_it_only_adds() -> None:
    newer = linear_graph("r1", "r2", "r3")
    knows = ledger(known_graphs=(newer,))
    assert only(Area.SCHEMA, database=_database("r3"), ledger=ledger(known_graphs=(newer,), revision_kinds={"r3": RevisionKind.EXPAND})) == (OPEN, "")
    state, command = only(Area.SCHEMA, database=_database("r3"), ledger=knows)
    assert (state, "history" in command) == (WRONG, True)
    assert only(Area.SCHEMA, database=_database("rx"), ledger=knows) == (WRONG, "deploy an image that has this revision")
    assert " rx, " in told(database=_database("rx"), ledger=knows)[0].says
    assert " r3, " in told(database=_database("r3"), ledger=knows)[0].says


def test_what_pends_and_what_waits_is_open() -> None:
    migrate = "./scripts/deploy.sh --manual-migrate --backup --image sha256:new"
    assert points(database=_database("r1")) == [(Area.SCHEMA, OPEN, migrate)]
    waits = RevisionGraph((*linear_graph("r1", "r2").revisions, Revision("r3", ("r2",), "drops", "", phase="contract")), ("r3",))
    held = ledger(current_graph=waits)
    assert points(ledger=held) == [(Area.SCHEMA, OPEN, "./scripts/deploy.sh contract")]
    assert points(ledger=held, database=_database("r1")) == [
        (Area.SCHEMA, OPEN, "./scripts/deploy.sh contract"), (Area.SCHEMA, OPEN, migrate),
    ]
    empty = replace(_database(), revision_ids=())
    assert "2 revisions of release-2 are not applied: r1, r2" in told(database=empty)[0].says
    assert "1 revision of release-2 is not applied: r2" in told(database=_database("r1"))[0].says
    assert points(ledger=held, database=empty) == [(Area.SCHEMA, OPEN, migrate)], "an empty database needs all of it"


def test_the_schema_is_not_judged_where_it_cannot_be() -> None:
    assert points(ledger=ledger(current_graph=None)) == [(Area.SCHEMA, UNKNOWN, "")]
    assert Area.SCHEMA not in [p[0] for p in points(database=_database("r1"), ledger=ledger(current=None))]
    assert Area.SCHEMA not in [p[0] for p in points(database=_database("r1"), ledger=ledger(unfinished=RUNS), lock_holder="ann")]


# ── images, backups, room ────────────────────────────────────────────────────


def _images(**changes: str | None) -> dict[str, Any]:
    names = {"old": OLD.image_id, "new": NEW.image_id, "latest": "example/shop:latest", "backup": "example/shop:backup"}
    return {"image_ids": {**WELL.image_ids, **{names[name]: value for name, value in changes.items()}}}  # type: ignore[dict-item]


def test_the_image_of_a_kept_release_that_is_gone_is_pulled_where_it_has_a_digest() -> None:
    assert points(**_images(old=None)) == [(Area.IMAGES, WRONG, "docker pull example/shop@sha256:01")]
    assert "rolled back to" in told(**_images(old=None))[0].says
    assert points(**_images(new=None)) == [(Area.IMAGES, WRONG, "./scripts/deploy.sh history")]
    assert "started again" in told(**_images(new=None))[0].says
    bad = ledger(releases=(CURRENT, replace(BEFORE, state=ReleaseState.BAD)))
    assert points(ledger=bad, **_images(old=None)) == []
    assert points(image_ids=SILENT) == [(Area.IMAGES, UNKNOWN, "start it")]


def test_tags_that_name_something_else_are_open() -> None:
    tag = "docker tag sha256:new example/shop:latest"
    assert points(**_images(latest=None)) == points(**_images(latest=OLD.image_id)) == [(Area.IMAGES, OPEN, tag)]
    assert told(**_images(latest=None)) != told(**_images(latest=OLD.image_id))
    [point] = told(**_images(backup=None))
    assert (point.area, point.state, point.next_command.split()[:2]) == (Area.IMAGES, OPEN, ["./scripts/deploy.sh", "rollback"])
    assert "example/shop:backup" in point.says
    alone = ledger(releases=(CURRENT,))
    assert told(ledger=alone, **_images(backup=None)) == [], "there was nothing before it"
    for changes in ({"unfinished": RUNS}, {"current": None}):
        assert Area.IMAGES not in [p[0] for p in points(ledger=ledger(**changes), **_images(latest=None, backup=None))]
    assert Area.IMAGES not in [p[0] for p in points(ledger=ledger(unfinished=RUNS), lock_holder="ann", **_images(latest=None))]


def test_a_backup_that_is_damaged_unproved_local_or_missing() -> None:
    newest = make_backup("b2")
    assert points(backups=SILENT) == [(Area.BACKUPS, UNKNOWN, "start it")]
    assert points(backups=BackupsLook((newest,), ("b1 is half",))) == [(Area.BACKUPS, WRONG, "./scripts/deploy.sh backup list")]
    failed = replace(newest, record=BackupRecord(Verification(AT, "PostgreSQL 15", 1.0, ("one row less",))))
    assert only(Area.BACKUPS, backups=BackupsLook((failed, newest), ()))[0] is WRONG
    assert points(backups=BackupsLook((newest, failed), ())) == []
    copies = fake_settings(backup_copy_to=("/mnt/backups",))
    assert only(Area.BACKUPS, backups=BackupsLook((newest,), ()), settings=copies) == (WRONG, "./scripts/deploy.sh backup push b2")
    none = BackupsLook((), ())
    assert points(backups=none) == [(Area.BACKUPS, OPEN, "./scripts/deploy.sh --backup")]
    assert points(backups=none, settings=fake_settings(backup_external="ask")) == []


def test_room_is_enough_exactly_at_the_reserve() -> None:
    settings = fake_settings(reserve_disk_bytes=3 * 10**12)
    room = {Path("/a"): 3 * 10**12, Path("/b"): 2 * 10**12}
    [point] = told(free_bytes=room, settings=settings)
    assert (point.area, point.state, point.next_command) == (Area.DISK, WRONG, "docker system df")
    assert all(part in point.says for part in ("/b", "2,000,000 MB", "3,000,000 MB"))
    assert points(free_bytes=SILENT) == [(Area.DISK, UNKNOWN, "")]


def test_a_compose_file_that_was_changed_since_is_an_open_point_without_a_value() -> None:
    changed = replace(WELL, file_differences=("variable FLAG of service app",))

    [point] = [p for p in judge_production(changed, fake_settings()) if "compose file" in p.says]

    assert (point.state, "variable FLAG of service app" in point.says) == (PointState.OPEN, True)
    assert "--skip-migrate --image sha256:" in point.next_command
    assert not any("compose file" in p.says for p in judge_production(WELL, fake_settings()))


def accessory(status: str = "running", exit_code: int | None = None, **fields: Any) -> SeenAccessory:
    made = container(name="shop-cache-1", service_name="cache", status=status, exit_code=exit_code)
    return SeenAccessory(Accessory("cache", Role.ACCESSORY, "redis", **fields), (made,))


def points_of(*seen: SeenAccessory) -> list[Point]:
    judged = judge_production(replace(WELL, accessories=seen), fake_settings())
    return [point for point in judged if point.says.startswith("cache")]


def test_an_accessory_that_does_not_run_is_wrong_and_comes_first() -> None:
    [stopped] = points_of(accessory("exited", 137))
    [absent] = points_of(replace(accessory(), containers=()))

    assert (stopped.state, stopped.next_command) == (PointState.WRONG, "./scripts/deploy.sh accessories up cache")
    assert "shop-cache-1 is exited with 137" in stopped.says
    assert "no container" in absent.says
    broken = replace(WELL, accessories=(accessory("exited", 1),), app=())
    assert judge_production(broken, fake_settings())[0].says.startswith("cache"), "what others rest on"


def test_what_runs_ended_well_or_is_started_by_hand_is_no_point() -> None:
    assert points_of(accessory(), accessory("exited", 0), accessory("exited", 1, by_hand_because="its profile")) == []
