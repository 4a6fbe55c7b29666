"""One sample of a watched release: each door is asked for the right thing, and one that fails is told and not raised."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import pytest

from deploy.checks.behind_page import edge_check_problem, is_page
from deploy.checks.watch_sample import PROBE_TIMEOUT_SECONDS, WatchTarget, take_sample
from deploy.model.containers import HttpAnswer, Slot, SlotState
from deploy.model.doors import World
from deploy.model.errors import BlockedError, DeployError
from deploy.model.machine import MachineUse
from deploy.model.watching import ContainerUse, Sample, WatchedService
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import FakeHttp, answer
from tests.fakes.fake_world import FakeWorld

URL = "http://edge/api/health"
AWAY = BlockedError("no engine answers", hint="", reference="engine-unreachable")


@dataclass
class Usage:
    """doors.Usage as the test says, and what it was asked."""

    restarts: dict[str, int] = field(default_factory=lambda: {"a": 2, "b": 0})
    kills: int = 0
    lines: tuple[str, ...] = ()
    failure: DeployError | None = None
    asked: list[tuple[str, str, datetime | None]] = field(default_factory=list)

    def _ask(self, what: str, service: str, since: datetime | None = None) -> None:
        self.asked.append((what, service, since))
        if self.failure:
            raise self.failure

    def containers(self, service: str) -> tuple[ContainerUse, ...]:
        self._ask("containers", service)
        return tuple(ContainerUse(c, c, True, "healthy", n, 1, 2) for c, n in self.restarts.items())

    def out_of_memory_count(self, service: str, since: datetime) -> int:
        self._ask("kills", service, since)
        return self.kills

    def log_lines(self, service: str, since: datetime) -> tuple[str, ...]:
        self._ask("log", service, since)
        return self.lines


class Ground:
    def __init__(self) -> None:
        self.fake = FakeWorld()
        image_id = self.fake.docker.add_image("example/shop:1", ImageBehaviour(healthy_after_looks=0))
        self.fake.docker.create("app", image_id, {})
        self.fake.http = FakeHttp(HttpAnswer(200, {}, b"", 0.25))
        self.fake.watch.machine.use = MachineUse(2, 1.0, 0.0, {})
        self.usage = Usage()
        self.target = WatchTarget.beginning(self.world, "web", URL)

    @property
    def world(self) -> World:
        world = self.fake.world
        return replace(world, watch=replace(world.watch, usage=cast("Any", self.usage)))

    def sample(self) -> tuple[Sample, tuple[str, ...]]:
        return take_sample(self.world, self.target)


def test_where_all_is_well_every_value_is_there_and_no_problem() -> None:
    ground = Ground()
    began = ground.fake.clock.now()
    ground.usage.kills, ground.usage.lines = 3, ("one", "two")
    ground.fake.clock.sleep(5)
    sample, lines = ground.sample()
    assert lines == ("one", "two")
    assert sample.at_seconds == ground.fake.clock.monotonic()
    assert sample.edge == ground.fake.edge.counters()
    assert [use.container_id for use in sample.containers] == ["a", "b"]
    assert (sample.restart_count, sample.out_of_memory_count, sample.probe_seconds) == (0, 3, 0.25)
    assert sample.database == ground.fake.watch.monitoring.sample()
    assert sample.machine == MachineUse(2, 1.0, 0.0, {})
    assert {sample.edge_problem, sample.container_problem, sample.database_problem, sample.probe_problem} == {""}
    assert ground.usage.asked == [("containers", "web", None), ("kills", "web", began), ("log", "web", began)]


def test_restarts_count_from_when_a_container_was_first_seen() -> None:
    ground = Ground()
    ground.sample()
    ground.usage.restarts = {"a": 5, "b": 1, "new": 7}
    assert ground.sample()[0].restart_count == 4
    ground.usage.restarts = {"a": 0, "new": 8}
    assert ground.sample()[0].restart_count == 0, "one that was replaced takes nothing away from what is known"


def test_log_lines_are_read_once_and_after_a_failure_from_where_they_were_read_last() -> None:
    ground = Ground()
    began = ground.fake.clock.now()
    ground.fake.clock.sleep(5)
    ground.usage.failure = AWAY
    sample, lines = ground.sample()
    assert (lines, sample.containers, sample.restart_count, sample.out_of_memory_count) == ((), (), 0, 0)
    assert sample.container_problem == AWAY.what
    ground.usage.failure = None
    second = ground.fake.clock.now()
    ground.sample()
    ground.fake.clock.sleep(5)
    ground.sample()
    assert [since for what, _, since in ground.usage.asked if what == "log"] == [began, began, second]


def test_a_database_and_an_edge_that_do_not_answer_are_told_by_their_problem() -> None:
    ground = Ground()
    ground.fake.watch.monitoring.failure = BlockedError("no connection left", hint="", reference="too-few-connections")
    ground.fake.edge.is_up = False
    sample, _ = ground.sample()
    assert (sample.database, sample.database_problem) == (None, "too-few-connections: no connection left")
    assert sample.edge is None
    assert sample.edge_problem


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (None, f"within {PROBE_TIMEOUT_SECONDS} s"), (answer(500), "500"), (answer(204), "204"), (answer(503), "503"),
    ],
)
def test_an_endpoint_that_does_not_answer_200_has_no_time_and_a_problem(reply: HttpAnswer | None, says: str) -> None:
    ground = Ground()
    ground.fake.http = FakeHttp(reply)
    sample, _ = ground.sample()
    assert sample.probe_seconds is None
    assert says in sample.probe_problem
    assert URL in sample.probe_problem
    assert ground.fake.http.urls == [URL]


def test_without_an_address_no_endpoint_is_asked() -> None:
    ground = Ground()
    ground.target.url = ""
    sample, _ = ground.sample()
    assert (sample.probe_seconds, sample.probe_problem, ground.fake.http.urls) == (None, "", [])


def test_behind_the_maintenance_page_the_edges_own_check_is_believed() -> None:
    ground = Ground()
    ground.target.service = "app"
    ground.fake.http = FakeHttp(answer(503))
    ground.fake.edge.set_maintenance(is_on=True)
    ground.fake.containers.list("app")  # the fake engine's check has passed once somebody looked
    assert ground.sample()[0].probe_problem == ""
    ground.fake.edge.are_checks_passing = False
    assert "does not pass" in ground.sample()[0].probe_problem


# ── behind the page ──────────────────────────────────────────────────────────


def test_it_is_the_page_only_where_the_edge_refuses_and_says_that_it_is_on() -> None:
    fake = FakeWorld()
    fake.edge.set_maintenance(is_on=True)
    assert is_page(fake.world, answer(503))
    assert not is_page(fake.world, answer(500))
    assert not is_page(fake.world, None)
    fake.edge.is_up = False
    assert not is_page(fake.world, answer(503))
    fake.edge.is_up = True
    fake.edge.set_maintenance(is_on=False)
    assert not is_page(fake.world, answer(503))


@pytest.mark.parametrize(
    "changes", [{"state": SlotState.DRAIN}, {"is_up": False}, {"is_check_passed": False}, {"address": "10.9.9.9"}]
)
def test_a_container_that_the_edge_does_not_find_well_in_any_slot_is_named(changes: dict[str, Any]) -> None:
    fake = FakeWorld()
    image_id = fake.docker.add_image("example/shop:1", ImageBehaviour(healthy_after_looks=0))
    fake.docker.create("app", image_id, {})
    [container] = fake.containers.list("app")
    good = Slot("s1", container.addresses[0], SlotState.READY, True, True, 0)
    fake.edge.slots = lambda: (Slot("s0", "10.9.9.8", SlotState.READY, False, False, 0), good)  # type: ignore[method-assign]
    assert edge_check_problem(fake.world, "app") == ""
    assert edge_check_problem(fake.world, "nothing-of-it") == ""
    fake.edge.slots = lambda: (replace(good, **changes),)  # type: ignore[method-assign]
    assert container.name in edge_check_problem(fake.world, "app")


def test_the_releases_other_services_are_looked_at_and_read_too() -> None:
    ground = Ground()
    ground.target = WatchTarget.beginning(ground.world, "web", URL, [WatchedService(service="worker", replicas=2)])
    ground.usage.lines = ("a line",)
    sample, lines = ground.sample()
    [worker] = sample.others
    assert (worker.service, worker.replicas, [use.container_id for use in worker.containers]) == ("worker", 2, ["a", "b"])
    assert lines == ("a line", "a line"), "of the application and of the worker"
    ground.usage.failure = AWAY
    assert ground.sample()[0].others[0].problem == AWAY.what
