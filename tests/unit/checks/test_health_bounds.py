"""When all agrees, and what is not asked where nothing is expected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.checks.health import HTTP_TIMEOUT_SECONDS, container_problem, health_problems, http_problem, schema_problem
from deploy.model.containers import Container, Health
from deploy.model.health import HealthExpectation
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import FakeHttp, answer
from tests.fakes.fake_world import FakeWorld

CONTAINER = Container("id", "shop-app-2", "app", "sha256:1", "running", Health.UNHEALTHY, None, False, 0, ())


def _well(**changes: Any) -> tuple[FakeWorld, HealthExpectation]:
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:1", ImageBehaviour(healthy_after_looks=0))
    fake.docker.create("app", image_id, {})
    fake.http = FakeHttp(answer())
    return fake, replace(HealthExpectation("app", "http://edge/api/health", "", "", image_id, ("r1",)), **changes)


def test_without_an_address_a_release_or_a_revision_only_the_rest_is_asked() -> None:
    fake, expected = _well(url="")
    fake.http = FakeHttp(None)
    assert health_problems(fake.world, expected) == []
    assert fake.http.urls == []
    fake.database.change(revision_ids=("r9",))
    assert schema_problem(fake.world, expected)
    assert schema_problem(fake.world, replace(expected, revision_ids=None)) == ""


def test_revisions_agree_in_whatever_order() -> None:
    fake, expected = _well(revision_ids=("r2", "r1"))
    fake.database.change(revision_ids=("r1", "r2"))
    assert schema_problem(fake.world, expected) == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"health": Health.STARTING}, "starting"), ({"health": Health.UNHEALTHY}, "unhealthy"),
        ({"image_id": "sha256:other"}, "another image"), ({"health": Health.NONE}, ""), ({"health": Health.HEALTHY}, ""),
        ({"status": "exited"}, "no container"),
    ],
)
def test_every_running_container_must_be_well_and_of_the_image(changes: dict[str, Any], says: str) -> None:
    fake, expected = _well()
    well = replace(CONTAINER, health=Health.HEALTHY, image_id=expected.image_id)
    stopped = replace(well, status="exited", health=Health.UNHEALTHY, image_id="sha256:old")
    others = (stopped,) if "status" in changes else (stopped, well)
    fake.containers.list = lambda service: (*others, replace(well, **changes))  # type: ignore[method-assign,assignment]
    problem = container_problem(fake.world, expected)
    assert says in problem
    assert bool(problem) is bool(says)
    if "image_id" in changes:
        assert container_problem(fake.world, replace(expected, image_id="")) == "", "no image is expected"


def test_the_endpoint_is_given_five_seconds() -> None:
    fake, expected = _well()
    asked: list[tuple[str, float]] = []

    def get(url: str, timeout_seconds: float) -> Any:
        asked.append((url, timeout_seconds))
        return answer()

    fake.http.get = get  # type: ignore[method-assign]
    assert http_problem(fake.world, expected) == ""
    assert asked == [(expected.url, HTTP_TIMEOUT_SECONDS)] == [(expected.url, 5)]
