"""One look at a production: what is wrong is wrong, what could not be looked at is not known, and neither is ok."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from deploy.adapters.state_lock import state_lock
from deploy.commands import production_look as module
from deploy.commands.health import health_of
from deploy.commands.maintenance import ORDER_NAME
from deploy.commands.production_look import look_at_production
from deploy.model.backups import Verification
from deploy.model.containers import HttpAnswer, SlotState
from deploy.model.database import InvalidIndex
from deploy.model.deployments import Actor, DeploymentState
from deploy.model.errors import BlockedError
from deploy.model.production import PointState
from deploy.model.releases import Image, ReleaseState, RevisionKind
from deploy.model.results import Status
from deploy.planning.production import judge_production
from deploy.settings.schema import Settings
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import answer
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings

GONE = BlockedError("it does not answer", hint="start it", reference="gone")


@dataclass
class Ground:
    """A production that is well: release-2 serves, release-1 is kept, the database is at r2."""

    fake: FakeWorld
    settings: Settings
    old_image: str = ""
    image: str = ""

    def look(self) -> Status:
        production = look_at_production(self.fake.world, self.settings)
        return Status(production, judge_production(production, self.settings))

    def app(self) -> list:  # type: ignore[type-arg]
        return self.fake.docker.of_service("app")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    fake = FakeWorld("r2")
    old, new = (fake.docker.add_image(f"{REPOSITORY}:{name}", ImageBehaviour(0)) for name in ("release-1", "release-2"))
    fake.docker.names[f"{REPOSITORY}:latest"], fake.docker.names[f"{REPOSITORY}:backup"] = new, old
    edge = fake.docker.add_image("haproxy:1", ImageBehaviour(0))
    fake.docker.create("edge", edge, {})
    fake.docker.create("app", new, {"RELEASE": "release-2"})
    fake.http.handler = lambda _: answer(headers={"x-release": "release-2"})
    fake.add_release(1, old)
    fake.add_release(2, new, is_current=True)
    fake.ledger.cache_graph(old, linear_graph("r1"))
    fake.ledger.cache_graph(new, linear_graph("r1", "r2"))
    fake.begin()
    fake.ledger.end_deployment("d0001", DeploymentState.DONE, 0, "done")
    fake.backups.kept = {"b": make_backup("b")}
    settings = fake_settings(state_directory=tmp_path / "state", backup_directory=tmp_path / "backups")
    return Ground(fake, settings, old, new)


def said(status: Status) -> str:
    return "\n".join(point.says for point in status.points)


def test_a_production_that_is_well_has_no_point_and_nothing_comes_next(ground: Ground) -> None:
    status = ground.look()
    assert status.points == ()
    assert (status.is_ok, status.next_command, health_of(status).exit_code) == (True, "", 0)


def test_an_edge_that_answers_is_well_before_dockers_check_says_so(ground: Ground) -> None:
    """Right after a first deployment, or a restart of the edge."""
    ground.fake.docker.behaviours[ground.fake.docker.of_service("edge")[0].image_id] = ImageBehaviour(None)
    assert ground.look().points == ()
    ground.fake.http.handler = lambda _: None
    assert "whether it becomes healthy is not known yet" in said(ground.look())


def _stop_app(ground: Ground) -> None:
    ground.app()[0].status = "exited"
    ground.fake.http.handler = lambda _: answer(503)


def _remove_app(ground: Ground) -> None:
    ground.fake.docker.containers.remove(ground.app()[0])
    ground.fake.http.handler = lambda _: answer(503)


def _restart_edge(ground: Ground) -> None:
    ground.fake.docker.of_service("edge")[0].status = "restarting"
    ground.fake.edge.is_up = False
    ground.fake.http.handler = lambda _: None


def _crash_loop(ground: Ground) -> None:
    container = ground.app()[0]
    container.restart_count, container.started_at = 3, ground.fake.clock.now() - timedelta(seconds=9)


def _crash_loop_while_down(ground: Ground) -> None:
    ground.app()[0].status = "restarting"
    ground.fake.http.handler = lambda _: answer(503)


def _another_image(ground: Ground) -> None:
    ground.app()[0].image_id = ground.old_image


def _by_hand(ground: Ground) -> None:
    ground.app()[0].labels["surefoot.release"] = "manual"


def _no_image(ground: Ground) -> None:
    del ground.fake.docker.store[ground.old_image]


def _unhealthy(ground: Ground) -> None:
    ground.fake.docker.behaviours[ground.image] = ImageBehaviour(None, 0)
    ground.app()[0].looks = 5


def _answers_503(ground: Ground) -> None:
    ground.fake.http.handler = lambda _: HttpAnswer(503, {"x-release": "release-2"}, b'{"detail": "no pool"}', 0.1)


def _answers_as_another(ground: Ground) -> None:
    ground.fake.http.handler = lambda _: answer(headers={"x-release": "release-1"})


def _closed_slot(ground: Ground) -> None:
    for name in ("s1", "s2", "s3", "s4"):
        ground.fake.edge.set_state(name, SlotState.MAINTENANCE)


def _unknown_revision(ground: Ground) -> None:
    ground.fake.database.change(revision_ids=("somebody_elses",))


def _breaking_revision(ground: Ground) -> None:
    ground.fake.ledger.cache_graph("sha256:newer", linear_graph("r1", "r2", "r3"))
    ground.fake.database.change(revision_ids=("r3",))


def _invalid_index(ground: Ground) -> None:
    ground.fake.database.change(invalid_indexes=(InvalidIndex("orders", "ix_orders"),))


def _unfinished(ground: Ground) -> None:
    ground.fake.begin()


def _page(ground: Ground) -> None:
    ground.fake.edge.has_page = True
    ground.fake.http.handler = lambda _: answer(503)


WRONG: dict[str, tuple[Callable[[Ground], None], str]] = {
    "no application runs": (_stop_app, "no container of service app runs: fake-app-2 is exited"),
    "no application is there": (_remove_app, "there is no container of it"),
    "an edge in a restart loop": (_restart_edge, "fake-edge-1 crashes"),
    "a crash loop between two crashes": (_crash_loop, "fake-app-2 crashes and is started again by Docker, 3 times"),
    "a crash loop while it is down": (_crash_loop_while_down, "no container of service app runs: fake-app-2 is restart"),
    "another image": (_another_image, "runs another image than release-2"),
    "started by hand": (_by_hand, "has the label manual, not release-2"),
    "an image that a rollback needs is gone": (_no_image, "image of release-1 is gone"),
    "unhealthy": (_unhealthy, "its health check fails"),
    "a release that answers 503": (_answers_503, "answers 503 (no pool)"),
    "an answer of another release": (_answers_as_another, "X-Release is release-1, not release-2"),
    "a closed slot": (_closed_slot, "keeps slot s1 of fake-app-2 closed"),
    "an unknown revision": (_unknown_revision, "which no image that was deployed here has"),
    "a revision that may break": (_breaking_revision, "which release-2 does not know and which may break it"),
    "an invalid index": (_invalid_index, "invalid index ix_orders on orders"),
    "an unfinished deployment": (_unfinished, "d0002 is unfinished, and no process works on it"),
    "the maintenance page": (_page, "maintenance page is ON"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_what_comes_next_and_is_never_ok(ground: Ground, name: str) -> None:
    break_it, words = WRONG[name]
    break_it(ground)
    status = ground.look()
    wrong = [point for point in status.points if point.state is PointState.WRONG]
    assert words in "\n".join(point.says for point in wrong), said(status)
    assert not status.is_ok
    assert status.next_command, "there is always a way on"


SERVING = {name for name in WRONG if "image that a rollback" not in name and "unfinished" not in name}


@pytest.mark.parametrize("name", sorted(SERVING))
def test_health_rests_on_the_same_look(ground: Ground, name: str) -> None:
    WRONG[name][0](ground)
    assert health_of(ground.look()).exit_code == 1


def _engine_away(ground: Ground) -> None:
    ground.fake.docker.is_engine_up = False


def _database_away(ground: Ground) -> None:
    ground.fake.database.failure = GONE


def _starting(ground: Ground) -> None:
    ground.fake.docker.behaviours[ground.image] = ImageBehaviour(None)


NOT_KNOWN: dict[str, tuple[Callable[[Ground], None], str]] = {
    "the engine": (_engine_away, "what the application's containers do is not known: no docker engine answers"),
    "the database": (_database_away, "the database's state is not known: it does not answer"),
    "a container that still starts": (_starting, "whether it becomes healthy is not known yet"),
}


@pytest.mark.parametrize("name", NOT_KNOWN)
def test_what_could_not_be_looked_at_is_not_known_and_not_ok(ground: Ground, name: str) -> None:
    break_it, words = NOT_KNOWN[name]
    break_it(ground)
    status = ground.look()
    assert words in "\n".join(point.says for point in status.problems if point.state is PointState.NOT_KNOWN)
    assert not status.is_ok
    assert not health_of(status).is_ok


def test_health_calls_no_schema_fit_where_the_database_does_not_answer(ground: Ground) -> None:
    _database_away(ground)
    checks = {check.name: check for check in health_of(ground.look()).checks}
    assert (checks["schema-fits"].is_ok, checks["schema-fits"].is_known) == (False, False)
    assert health_of(ground.look()).exit_code == 3


def test_with_the_engine_away_nothing_is_called_wrong_of_a_project_that_never_deployed(tmp_path: Path) -> None:
    fake = FakeWorld()
    fake.docker.is_engine_up = False
    settings = fake_settings(state_directory=tmp_path / "state", backup_directory=tmp_path / "backups")
    status = Ground(fake, settings).look()
    assert {point.state for point in status.problems} == {PointState.NOT_KNOWN}


def test_with_the_engine_away_the_rest_is_still_looked_at(ground: Ground) -> None:
    _engine_away(ground)
    _invalid_index(ground)
    status = ground.look()
    assert "invalid index" in said(status)
    assert status.release is not None


def test_a_ledger_that_cannot_be_read_keeps_nobody_from_looking(ground: Ground) -> None:
    def refuse() -> None:
        raise GONE

    ground.fake.ledger.current_release = refuse  # type: ignore[assignment]
    status = ground.look()
    assert "it does not answer" in said(status)
    assert status.database is not None


def test_a_look_that_breaks_inside_is_not_known_and_no_traceback(ground: Ground) -> None:
    def broken() -> None:
        raise RuntimeError("boom")

    ground.fake.database.observe = broken  # type: ignore[assignment,method-assign]
    assert "internal error: RuntimeError('boom')" in said(ground.look())


def test_a_page_that_is_on_is_told_with_who_and_the_next_command(ground: Ground) -> None:
    _page(ground)
    _order(ground)
    status = ground.look()
    assert "since 2026-01-02 00:00 UTC by ann" in said(status)
    assert status.next_command == "./scripts/deploy.sh maintenance off"


def test_a_page_that_was_ordered_and_is_not_shown_is_told(ground: Ground) -> None:
    _order(ground)
    assert "was switched on, and is not shown" in said(ground.look())


def _order(ground: Ground) -> None:
    ground.settings.state_directory.mkdir()
    order = {"message": "back soon", "allowed": [], "since": "2026-01-02T00:00:00Z", "user_name": "ann"}
    (ground.settings.state_directory / ORDER_NAME).write_text(json.dumps(order))


def test_a_full_disk_is_told(ground: Ground) -> None:
    status = replace(ground, settings=fake_settings(reserve_disk_bytes=10**18)).look()
    assert "less than the reserve" in said(status)


def test_doors_that_hang_are_not_known_and_cost_the_time_of_one(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.3)
    is_over = Event()
    for door, name in ((ground.fake.database, "observe"), (ground.fake.backups, "all"), (ground.fake.edge, "slots")):
        monkeypatch.setattr(door, name, lambda: is_over.wait(30))
    started = time.monotonic()
    status = ground.look()
    waited = time.monotonic() - started
    is_over.set()
    assert "the database's state is not known: there was no answer within 0 s" in said(status)
    assert waited < 10, "one after the other they would take 90"


def test_a_project_that_never_deployed_says_so_and_is_not_wrong(tmp_path: Path) -> None:
    fake = FakeWorld()
    settings = fake_settings(state_directory=tmp_path / "state", backup_directory=tmp_path / "backups")
    status = Ground(fake, settings).look()
    assert [point.says for point in status.points] == ["nothing was deployed yet"]
    assert (status.is_ok, status.next_command.split()[0]) == (True, "./scripts/deploy.sh")
    assert health_of(status).exit_code == 1, "nothing serves, so nothing is healthy"


def test_containers_of_a_release_and_a_ledger_that_knows_none_is_a_lost_ledger(ground: Ground) -> None:
    ground.fake.ledger._deployments.clear()
    ground.fake.ledger._releases.clear()
    ground.fake.ledger._current = None
    assert "knows of no deployment, but fake-app-2 (release-2)" in said(ground.look())


def test_what_is_held_back_or_pending_is_open_and_not_wrong(ground: Ground) -> None:
    graph = linear_graph("r1", "r2", "r3")
    contract = replace(graph.revisions[2], phase="contract")
    ground.fake.ledger.cache_graph(ground.image, replace(graph, revisions=(*graph.revisions[:2], contract)))
    ground.fake.database.change(revision_ids=("r1",))
    status = ground.look()
    assert status.is_ok
    assert [point.says for point in status.open_points] == [
        f"postponed: r3 {contract.message}", "1 revision of release-2 is not applied: r2",
    ]


def test_a_database_ahead_by_what_only_adds_is_open_and_not_wrong(ground: Ground) -> None:
    ground.fake.ledger.cache_graph("sha256:newer", linear_graph("r1", "r2", "r3"))
    ground.fake.ledger.record_revision_kinds({"r3": RevisionKind.EXPAND})
    ground.fake.database.change(revision_ids=("r3",))
    status = ground.look()
    assert (status.is_ok, len(status.open_points)) == (True, 1)


def test_while_a_deployment_is_under_way_its_own_release_is_no_stranger(ground: Ground) -> None:
    new = ground.fake.docker.add_image(f"{REPOSITORY}:release-3", ImageBehaviour(None))
    ground.fake.docker.create("app", new, {"RELEASE": "release-3"})
    ground.fake.begin()
    name, deployment = list(ground.fake.ledger._deployments.items())[-1]
    plan = replace(deployment.plan, summary={"release": "release-3"})
    ground.fake.ledger._deployments[name] = replace(deployment, plan=plan)
    ground.fake.add_release(3, new)
    ground.fake.ledger.set_release_state(3, ReleaseState.CANDIDATE)
    with state_lock(ground.settings.state_directory, Actor("ann", "host", None), "auto-migrate"):
        status = ground.look()
    assert status.is_ok, said(status)
    assert "d0002 is under way (auto-migrate by ann" in said(status)


def test_a_release_that_a_registry_can_give_back_names_the_pull(ground: Ground) -> None:
    release = ground.fake.ledger._releases[1]
    image = Image(release.image.image_id, "x", "example/shop@sha256:d", 1)
    ground.fake.ledger._releases[1] = replace(release, image=image)
    _no_image(ground)
    assert ground.look().next_command == "docker pull example/shop@sha256:d"


def test_an_application_that_crashed_hours_ago_and_is_healthy_now_is_well(ground: Ground) -> None:
    _crash_loop(ground)
    ground.app()[0].started_at = ground.fake.clock.now() - timedelta(hours=2)
    assert ground.look().is_ok


@pytest.mark.parametrize(
    ("problem", "what"),
    [
        ("b does not restore: ERROR:  function mentions_of() does not exist", "the schema must be repaired"),
        ("table orders has 3 rows, not 4", "make another backup now: ./scripts/deploy.sh backup create"),
    ],
)
def test_a_backup_that_was_not_good_is_wrong_and_what_comes_next_fits_its_cause(
    ground: Ground, problem: str, what: str
) -> None:
    backup = make_backup("b")
    proof = Verification(ground.fake.clock.now(), "PostgreSQL 15", 1.0, (problem,))
    ground.fake.backups.kept = {"b": replace(backup, record=replace(backup.record, verification=proof))}
    [point] = ground.look().points
    assert point.state is PointState.WRONG
    assert point.next_command.startswith(what)
