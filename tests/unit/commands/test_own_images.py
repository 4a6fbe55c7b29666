"""Images of the release's other services: found before anything moves, and left alone where they already run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from deploy.commands.observe import look_at_services
from deploy.commands.own_images import (
    images_that_run,
    require_pinned,
    require_replaceable,
    resolve_own_images,
    without_the_unchanged,
)
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import BlockedError, UsageError
from deploy.model.pinned_images import PinnedImage, pinned_images, repository_of
from deploy.model.releases import Image
from deploy.model.roles import Background
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings

APP = {"image": f"{REPOSITORY}:latest"}
PAGE: dict[str, Any] = {"build": {"context": "page"}, "image": "shop-page:v1"}


class Ground:
    """A compose file with a page that the project builds."""

    def __init__(self, **services: Mapping[str, Any]) -> None:
        self.fake = FakeWorld("r1")
        self.settings = fake_settings()
        self.services = {"app": APP, "edge": {}, "migration": APP, **(services or {"page": PAGE})}
        for name in self.services:
            if name not in self.fake.docker.services:
                self.fake.docker.add_service(name)
        self.fake.compose.rendered = {"services": self.services}
        self.app = Image(self.fake.docker.add_image(f"{REPOSITORY}:latest", ImageBehaviour()), APP["image"], None, 1)

    def resolve(self, **words: Any) -> dict[str, PinnedImage]:
        return resolve_own_images(
            self.fake.world, self.settings, DeployRequest(Mode.SKIP_MIGRATE, **words), self.app
        )

    def background(self, images: Mapping[str, PinnedImage]) -> Background:
        return look_at_services(self.fake.world, self.settings, images=images)[1]


def test_a_local_image_is_pinned_by_its_id_under_the_files_name() -> None:
    ground = Ground()
    image_id = ground.fake.docker.add_image("shop-page:v1")
    assert ground.resolve() == {
        "page": PinnedImage(service="page", image_id=image_id, reference="shop-page:v1", digest="")
    }


def test_another_image_may_be_named_for_one_service_and_the_files_name_is_kept_for_its_tags() -> None:
    ground = Ground()
    image_id = ground.fake.docker.add_image("shop-page:v2")
    [page] = ground.resolve(service_images={"page": "shop-page:v2"}).values()
    assert (page.image_id, page.tag("release-7")) == (image_id, "shop-page:release-7-page")


@pytest.mark.parametrize("name", ["edge", "nobody", "cache"])
def test_an_image_for_what_is_no_service_of_the_release_is_refused_with_those_that_are(name: str) -> None:
    ground = Ground(page=PAGE, cache={"image": "redis:7"})
    ground.fake.docker.add_image("shop-page:v1")
    with pytest.raises(UsageError, match="app, page") as caught:
        ground.resolve(service_images={name: "x"})
    assert caught.value.reference == "image-of-no-service"


def test_one_that_is_nowhere_names_its_service_and_that_it_can_be_built() -> None:
    with pytest.raises(BlockedError, match="service page moves with the release") as caught:
        Ground().resolve()
    assert "--build" in caught.value.hint


def test_build_builds_it_too() -> None:
    ground = Ground()
    [page] = ground.resolve(has_build=True).values()
    assert ground.fake.docker.called("compose.build")
    assert page.image_id


def test_what_runs_as_it_was_kept_is_unchanged_and_with_another_value_or_image_it_is_not() -> None:
    ground = Ground()
    ground.fake.docker.add_image("shop-page:v1")
    images = ground.resolve()
    ground.fake.compose.keep("release-1", images)
    ground.fake.docker.create("page", images["page"].image_id, {"RELEASE": "release-1"})

    def unchanged(pinned: Mapping[str, PinnedImage]) -> frozenset[str]:
        return without_the_unchanged(
            ground.fake.world, ground.background(pinned), "release-1", "release-2", has_todays_file=False
        ).unchanged

    assert unchanged(images) == {"page"}
    other = {"page": PinnedImage(service="page", image_id="sha256:other", reference="shop-page:v1", digest="")}
    assert unchanged(other) == frozenset()
    ground.services["page"] = {**PAGE, "environment": {"FLAG": "new"}}
    assert unchanged(images) == frozenset()


def test_nothing_is_known_to_be_unchanged_where_nothing_was_kept_or_it_does_not_run() -> None:
    ground = Ground()
    ground.fake.docker.add_image("shop-page:v1")
    images = ground.resolve()
    background = ground.background(images)

    def unchanged() -> frozenset[str]:
        return without_the_unchanged(
            ground.fake.world, background, "release-1", "release-2", has_todays_file=False
        ).unchanged

    assert unchanged() == frozenset()
    ground.fake.compose.keep("release-1", images)
    assert unchanged() == frozenset()


def test_with_todays_file_what_was_kept_for_the_release_to_come_tells_nothing() -> None:
    ground = Ground()
    ground.fake.docker.add_image("shop-page:v1")
    images = ground.resolve()
    for release in ("release-1", "release-2"):
        ground.fake.compose.keep(release, images)
    ground.fake.docker.create("page", images["page"].image_id, {"RELEASE": "release-1"})
    ground.services["page"] = {**PAGE, "environment": {"FLAG": "new"}}
    background = ground.background(images)
    found = {
        has_todays: without_the_unchanged(
            ground.fake.world, background, "release-1", "release-2", has_todays_file=has_todays
        ).unchanged
        for has_todays in (True, False)
    }
    assert found == {True: frozenset(), False: frozenset({"page"})}


def test_the_images_of_a_release_are_those_that_were_kept_else_those_that_run() -> None:
    ground = Ground()
    ran = ground.fake.docker.add_image("shop-page:v1")
    ground.fake.docker.create("page", ran, {"RELEASE": "release-1"})
    found = images_that_run(ground.fake.world, ground.background({}), "release-1")
    assert found.images["page"].image_id == ran
    kept = {"page": PinnedImage(service="page", image_id="sha256:kept", reference="shop-page:v1", digest="")}
    ground.fake.compose.keep("release-1", kept)
    assert images_that_run(ground.fake.world, found, "release-1").images == kept
    assert pinned_images(ground.fake.compose.kept("release-1") or {}) == kept


def test_an_image_that_is_gone_is_refused_before_anything_moves() -> None:
    ground = Ground()
    gone = {"page": PinnedImage(service="page", image_id="sha256:gone", reference="shop-page:v1", digest="")}
    with pytest.raises(BlockedError) as caught:
        require_pinned(ground.fake.world, gone)
    assert caught.value.reference == "release-image-gone"


@pytest.mark.parametrize(
    ("reference", "repository"),
    [
        ("ghcr.io/acme/shop:1", "ghcr.io/acme/shop"), ("localhost:5000/shop", "localhost:5000/shop"),
        ("localhost:5000/shop:v1", "localhost:5000/shop"), ("shop@sha256:1", "shop"), ("shop", "shop"),
    ],
)
def test_a_repository_is_a_reference_without_its_tag(reference: str, repository: str) -> None:
    assert repository_of(reference) == repository


def test_what_only_the_file_builds_is_never_asked_of_a_registry() -> None:
    ground = Ground(page={"build": {"context": "page"}})
    ground.fake.docker.push("auto_trader-page")
    with pytest.raises(BlockedError) as caught:
        ground.resolve()
    assert (caught.value.reference, "build page" in caught.value.hint) == ("image-not-built", True)
    image_id = ground.fake.docker.add_image("auto_trader-page")
    assert ground.resolve()["page"].image_id == image_id


def test_a_release_that_runs_already_by_another_file_is_not_called_changed() -> None:
    ground = Ground()
    ground.fake.docker.add_image("shop-page:v1")
    images = ground.resolve()
    ground.fake.docker.create("page", images["page"].image_id, {"RELEASE": "release-3"})
    background = ground.background(images)
    with pytest.raises(BlockedError) as caught:
        require_replaceable(background, ground.app, "release-3")
    assert (caught.value.reference, "--image page=" in caught.value.hint) == ("release-runs-otherwise", True)
    require_replaceable(background, ground.app, "release-4")
    require_replaceable(replace(background, unchanged=frozenset({"page"})), ground.app, "release-3")
