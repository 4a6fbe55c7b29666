"""What `status` and `health` say of workers and schedulers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.commands.production_look import look_at_production
from deploy.model.production import Area, NotKnown, PointState
from deploy.planning.production.background import background_points
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings

QUIET = ImageBehaviour(has_health_check=False)


class Ground:
    """Release 2 serves; the compose file has two workers and a scheduler of its image, and a cache."""

    def __init__(self, directory: Path) -> None:
        self.fake = FakeWorld("r2")
        self.settings = fake_settings(state_directory=directory, backup_directory=directory)
        docker = self.fake.docker
        self.old, self.new = (docker.add_image(f"{REPOSITORY}:release-{n}", QUIET) for n in (1, 2))
        same: dict[str, Any] = {"image": f"{REPOSITORY}:latest"}
        self.fake.compose.rendered = {"services": {
            "app": same, "edge": {"image": "haproxy"}, "migration": same, "cache": {"image": "redis"},
            "worker": {**same, "deploy": {"replicas": 2}}, "beat": {**same, "command": ["beat"]},
        }}
        self.fake.add_release(1, self.old)
        self.fake.add_release(2, self.new, is_current=True)
        self.start("worker", 2)
        self.start("beat", 1)

    def start(self, service: str, count: int, image_id: str = "", release: str = "release-2") -> None:
        for _ in range(count):
            self.fake.docker.create(service, image_id or self.new, {"RELEASE": release})

    def says(self) -> list[str]:
        production = look_at_production(self.fake.world, self.settings)
        points = list(background_points(production, self.settings))
        assert all(point.area is Area.BACKGROUND and point.state is PointState.WRONG for point in points)
        assert all(point.next_command for point in points)
        return [point.says for point in points]

    def of(self, service: str) -> list[Any]:
        return self.fake.docker.of_service(service)


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_where_all_run_the_release_nothing_is_said(ground: Ground) -> None:
    assert ground.says() == []


def test_a_worker_that_runs_the_release_before_is_named(ground: Ground) -> None:
    ground.fake.docker.containers.remove(ground.of("worker")[0])
    ground.start("worker", 1, ground.old, "release-1")
    [says] = ground.says()
    assert "release-1" in says
    assert "release-2 serves" in says


@pytest.mark.parametrize(("service", "wanted"), [("worker", 2), ("beat", 1)])
def test_one_that_does_not_run_is_named_with_how_many_there_must_be(ground: Ground, service: str, wanted: int) -> None:
    ground.of(service)[0].status = "exited"
    [says] = ground.says()
    assert service in says
    assert f"asks for {wanted}" in says


def test_two_schedulers_at_once_are_wrong(ground: Ground) -> None:
    ground.start("beat", 1)
    [says] = ground.says()
    assert "never be two" in says


def test_one_that_crashes_again_and_again_is_named_with_its_log(ground: Ground) -> None:
    ground.of("beat")[0].restart_count = 4
    ground.of("beat")[0].started_at = ground.fake.clock.now()
    [says] = ground.says()
    assert "crashes" in says


def test_a_compose_file_that_cannot_be_read_is_not_known(ground: Ground) -> None:
    production = replace(
        look_at_production(ground.fake.world, ground.settings), background=NotKnown("no docker engine answers")
    )
    [point] = background_points(production, ground.settings)
    assert point.state is PointState.NOT_KNOWN
