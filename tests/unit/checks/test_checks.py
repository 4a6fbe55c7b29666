"""Compose rules, room, health: each kept and broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.checks.compose_rules import compose_problems
from deploy.checks.health import health_problems, http_problem
from deploy.checks.resources import connection_problems, disk_problems, dump_bytes
from deploy.model.errors import BlockedError
from deploy.model.health import HealthExpectation
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_disk import FakeDisk
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import FakeHttp, answer
from tests.fakes.fake_world import FakeWorld, fake_settings

APP: dict[str, Any] = {"healthcheck": {"test": ["CMD", "true"]}, "init": True}
MIGRATION: dict[str, Any] = {
    "profiles": ["migration"], "command": ["alembic", "upgrade", "head"], "labels": {"surefoot.deployment": "manual"},
}


def _references(app: Any = None, migration: Any = None, switch: str = "drain") -> list[str]:
    services = {"app": APP | (app or {}), "edge": {}, "migration": MIGRATION | (migration or {})}
    return [p.reference for p in compose_problems({"services": services}, fake_settings(switch=switch))]


@pytest.mark.parametrize(("app", "migration", "reference"), [
    ({"container_name": "x"}, {}, "service-cannot-scale"),
    ({"ports": [80]}, {}, "service-cannot-scale"),
    ({"healthcheck": {"disable": True}}, {}, "healthcheck-missing"),
    ({"init": False}, {}, "init-missing"),
    ({"depends_on": {"m": {"condition": "service_completed_successfully"}}}, {}, "depends-on-completion"),
    ({}, {"profiles": []}, "migration-without-profile"),
    ({}, {"labels": {"another": "one"}}, "migration-without-label"),
    ({}, {"command": "alembic revision --autogenerate"}, "autogenerate-in-production"),
    ({}, {"command": "true"}, "migration-without-upgrade"),
])
def test_each_rule_is_told_when_broken(app: Any, migration: Any, reference: str) -> None:
    assert _references(app, migration) == [reference]


def test_a_good_file_has_no_problem_and_stop_first_may_publish_ports() -> None:
    assert _references() == []
    assert _references({"ports": [80], "container_name": "x"}, switch="stop-first") == []


def test_all_problems_are_told_at_once() -> None:
    assert len(_references({"ports": [80], "init": False}, {"profiles": [], "command": None})) == 4
    assert [p.reference for p in compose_problems({}, fake_settings())] == ["service-missing"] * 3


def test_disk_and_connections_are_enough_exactly_at_the_limit() -> None:
    fake, settings = FakeWorld(), fake_settings(reserve_disk_bytes=100, app_connections=20)
    fake.disk = FakeDisk(150)
    assert disk_problems(fake.world, settings, {Path("/a"): 50}) == []
    assert [p.reference for p in disk_problems(fake.world, settings, {Path("/a"): 51})] == ["disk-too-full"]
    database = FakeDatabase()
    database.change(connections_used=77, connections_max=97)
    assert connection_problems(database.state, settings) == []
    database.change(connections_used=78)
    assert [p.reference for p in connection_problems(database.state, settings)] == ["too-few-connections"]
    assert (dump_bytes(database.state, 100), dump_bytes(database.state, None)) == (150, 3_333_333)


def test_a_maintenance_page_that_somebody_switched_on_is_asked_around() -> None:
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:1", ImageBehaviour(healthy_after_looks=0))
    expected = HealthExpectation("app", "http://edge/api/health", "X-Release", "release-1", image_id, ("r1",))
    fake.docker.create("app", image_id, {})
    fake.http = FakeHttp(answer(503))
    assert len(health_problems(fake.world, expected)) == 1, "a 503 of the application itself"
    fake.edge.set_maintenance(is_on=True)
    assert health_problems(fake.world, expected) == []
    assert "503" in http_problem(fake.world, expected), "whoever asks for users is told the truth"
    fake.edge.are_checks_passing = False
    [problem] = health_problems(fake.world, expected)
    assert "behind the maintenance page" in problem
    fake.http = FakeHttp(answer(500))
    assert "500" in health_problems(fake.world, expected)[0], "the page answers 503 only"


def test_health_is_agreement_of_all_and_names_each_disagreement() -> None:
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:1", ImageBehaviour(healthy_after_looks=0))
    expected = HealthExpectation("app", "http://edge/api/health", "X-Release", "release-1", image_id, ("r1",))
    assert "no container" in health_problems(fake.world, expected)[0]
    fake.docker.create("app", image_id, {})
    for reply, says in (
        (None, "does not answer"), (answer(503, b'{"detail": "no db"}'), "503 (no db)"), (answer(), "no X-Release"),
        (answer(headers={"x-release": "release-9"}), "release-9"),
    ):
        fake.http = FakeHttp(reply)
        assert [says in p for p in health_problems(fake.world, expected)] == [True]
    fake.http = FakeHttp(answer(headers={"x-release": "release-1"}))
    assert health_problems(fake.world, expected) == []
    fake.database.change(revision_ids=("r9",))
    assert health_problems(fake.world, expected) == ["the database is at r9"]
    fake.database.failure = BlockedError("the database is away", reference="away")
    assert health_problems(fake.world, expected) == ["the database is away"]
