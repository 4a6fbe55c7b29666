"""doors.Images, on the fake and on Docker: names and tags of this machine."""

from __future__ import annotations

import uuid

import pytest

from deploy.model.errors import DeployError


@pytest.fixture
def name(ground):
    made = f"h3-{uuid.uuid4().hex[:8]}.invalid/shop"
    yield made
    for tag in ("latest", "backup"):
        ground.images.untag(f"{made}:{tag}")


def test_a_name_that_is_not_here_is_none(ground, name):
    assert ground.images.find(f"{name}:nothing") is None
    assert ground.images.find(f"sha256:{'0' * 64}") is None


def test_an_image_is_found_by_its_id(ground):
    assert ground.images.find(ground.good).image_id == ground.good
    assert ground.images.find(ground.good).size_bytes > 0


def test_a_tag_names_the_image_and_may_move(ground, name):
    ground.images.tag(ground.good, f"{name}:backup")
    assert ground.images.find(f"{name}:backup").image_id == ground.good
    ground.images.tag(ground.other, f"{name}:backup")
    assert ground.images.find(f"{name}:backup").image_id == ground.other


def test_a_name_without_a_tag_means_latest(ground, name):
    ground.images.tag(ground.good, name)
    assert ground.images.find(f"{name}:latest").image_id == ground.good
    assert ground.images.find(name).image_id == ground.good


def test_untag_takes_one_name_only_and_twice_is_fine(ground, name):
    ground.images.tag(ground.good, f"{name}:latest")
    ground.images.tag(ground.good, f"{name}:backup")
    ground.images.untag(f"{name}:backup")
    ground.images.untag(f"{name}:backup")
    assert ground.images.find(f"{name}:backup") is None
    assert ground.images.find(f"{name}:latest").image_id == ground.good


def test_tagging_what_is_not_here_is_an_error(ground, name):
    with pytest.raises(DeployError):
        ground.images.tag(f"sha256:{'0' * 64}", f"{name}:latest")


def test_untag_while_a_container_uses_the_image_keeps_the_image(ground, name):
    ground.images.tag(ground.good, f"{name}:backup")
    ground.up(ground.good)
    ground.images.untag(f"{name}:backup")
    assert ground.images.find(f"{name}:backup") is None
    assert ground.images.find(ground.good) is not None


def test_all_tags_of_a_repository_are_listed_and_no_other_ones(ground, name):
    ground.images.tag(ground.good, f"{name}:latest")
    ground.images.tag(ground.other, f"{name}:backup")
    ground.images.tag(ground.good, f"{name}-staging:latest")
    try:
        found = ground.images.tags(name)
    finally:
        ground.images.untag(f"{name}-staging:latest")
    assert {tag: image.image_id for tag, image in found.items()} == {"latest": ground.good, "backup": ground.other}
    assert ground.images.tags(f"{name}-nothing") == {}


def test_what_an_image_starts_is_told_and_of_one_that_is_gone_nothing(ground):
    entrypoint, command = ground.images.start_words(ground.good)
    assert [*entrypoint, *command], "it starts something"
    assert ground.images.start_words(f"sha256:{'0' * 64}") == ((), ())
