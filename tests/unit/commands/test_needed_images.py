"""Every image that a deployment will start is here before anything moves, or nothing moves."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.commands.accessories import look_at_accessories
from deploy.commands.needed_images import require_images
from deploy.model.compose_look import ComposeLook
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from deploy.planning.plan_accessories import absent_accessories
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import FakeWorld, fake_settings


class Ground:
    """An edge, a cache and a page that is built here; nothing runs."""

    def __init__(self) -> None:
        self.fake = FakeWorld("r1")
        self.services: dict[str, Any] = {
            "app": {"image": "example/shop:latest"}, "edge": {"image": "haproxy:3"}, "migration": {},
            "cache": {"image": "redis:7"},
        }
        for name in self.services:
            self.fake.docker.add_service(name)
        self.fake.docker.push("redis:7")
        self.fake.docker.push("haproxy:3")

    def require(self, *, is_only_planned: bool = False) -> None:
        look = ComposeLook(config={"services": self.services})
        seen = look_at_accessories(self.fake.world, fake_settings(), look.config)
        require_images(
            self.fake.world, fake_settings(), look, absent_accessories(fake_observed(accessories=seen)),
            is_only_planned=is_only_planned,
        )

    def pulled(self) -> list[str]:
        return [call[1] for call in self.fake.docker.called("images.pull")]


def test_the_edges_and_the_absent_accessories_images_are_pulled_where_they_are_not_here() -> None:
    ground = Ground()
    ground.require()
    assert ground.pulled() == ["haproxy:3", "redis:7"]
    ground.require()
    assert len(ground.pulled()) == 2, "they are here now"


def test_what_runs_or_is_only_stopped_needs_no_image() -> None:
    ground = Ground()
    ground.fake.docker.create("edge", "sha256:e", {})
    ground.fake.docker.create("cache", "sha256:c", {}).status = "exited"
    ground.require()
    assert ground.pulled() == []


def test_an_edge_that_is_stopped_may_be_made_again_so_its_image_is_needed() -> None:
    ground = Ground()
    ground.fake.docker.create("edge", "sha256:e", {}).status = "exited"
    ground.require()
    assert "haproxy:3" in ground.pulled()


def test_a_plan_only_says_what_would_be_pulled() -> None:
    ground = Ground()
    ground.require(is_only_planned=True)
    assert ground.pulled() == []
    assert [line for line in ground.fake.reporter.said if "would be pulled" in line and "redis:7" in line]


def test_an_image_that_is_nowhere_blocks_and_names_the_service() -> None:
    ground = Ground()
    del ground.fake.docker.registry["redis:7"]
    with pytest.raises(BlockedError, match="service cache is to be started, and the image redis:7") as caught:
        ground.require()
    assert (caught.value.exit_code, caught.value.reference) == (EXIT_BLOCKED, "image-not-found")
    assert not ground.fake.docker.called("compose.up")


@pytest.mark.parametrize("is_only_planned", [True, False])
def test_what_only_the_file_builds_is_asked_to_be_built(is_only_planned: bool) -> None:
    ground = Ground()
    ground.services["cache"] = {"build": {"context": "."}, "labels": {"surefoot.role": "accessory"}}
    with pytest.raises(BlockedError) as caught:
        ground.require(is_only_planned=is_only_planned)
    assert caught.value.reference == "image-not-built"
    assert caught.value.hint.endswith("build cache")
    ground.fake.docker.add_image("auto_trader-cache")
    ground.require(is_only_planned=is_only_planned)
