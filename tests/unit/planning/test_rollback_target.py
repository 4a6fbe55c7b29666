"""Back to the release that served last before, and never by itself to one that was left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.model.deployments import Actor, Deployment, DeploymentState, Mode, Plan
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from deploy.model.releases import Image, Leaving, Release, ReleaseState
from deploy.planning.rollback_target import choose_target, served_order
from tests.fakes.fake_ledger import AT


def release(number: int, *, is_left: bool = False, state: ReleaseState = ReleaseState.GOOD) -> Release:
    left = Leaving(AT, "rolled back to release-1") if is_left else None
    return Release(number, Image(f"sha256:{number}", "r", None, 1), (), state, "d1", AT, left)


def deployment(name: str, state: DeploymentState = DeploymentState.DONE, mode: Mode = Mode.AUTO_MIGRATE) -> Deployment:
    return Deployment("d1", Plan(mode, (), {"release": name}), state, Actor("a", "h", None), AT, AT, 0, "", ())


def test_a_release_that_was_left_is_passed_over() -> None:
    releases = (release(3), release(2, is_left=True), release(1))
    assert choose_target(releases, releases[0], None, {}).number == 1
    assert choose_target(releases, releases[0], 2, {}).number == 2, "by a word"


def test_only_left_ones_are_refused_with_the_word_that_chooses_them() -> None:
    releases = (release(3), release(2, is_left=True), release(1, state=ReleaseState.BAD))
    with pytest.raises(BlockedError) as caught:
        choose_target(releases, releases[0], None, {})
    assert (caught.value.exit_code, caught.value.reference) == (EXIT_BLOCKED, "rollback-target-was-left")
    assert "--to 2" in caught.value.hint


def test_the_one_that_served_last_before_is_chosen_whatever_its_number() -> None:
    releases = (release(4), release(3), release(2), release(1))
    order = served_order((
        deployment("release-4"), deployment("release-1"), deployment("release-3", DeploymentState.UNDONE),
        deployment("release-2", mode=Mode.CONTRACT), deployment("release-3"), deployment("release-2"),
    ))
    assert choose_target(releases, releases[0], None, order).number == 1
    assert order["release-3"] < order["release-2"]


@pytest.mark.parametrize(("wanted", "what"), [(9, "not a kept good"), (3, "is the release that runs"), (None, "no good")])
def test_what_cannot_be_chosen_is_refused(wanted: int | None, what: str) -> None:
    releases = (replace(release(3)), release(2, state=ReleaseState.BAD))
    with pytest.raises(BlockedError, match=what) as caught:
        choose_target(releases, releases[0], wanted, {})
    assert caught.value.reference == "no-rollback-target"


def test_another_release_of_the_same_image_is_no_way_back() -> None:
    same = replace(release(2), image=Image("sha256:3", "r", None, 1))
    releases = (release(3), same, release(1))
    assert choose_target(releases, releases[0], None, {}).number == 1
    configured = (replace(release(3), configuration="c3"), replace(same, configuration="c3"), release(1))
    assert choose_target(configured, configured[0], None, {}).number == 1


def test_the_same_image_with_another_configuration_or_other_images_is_a_way_back() -> None:
    same = replace(release(2), image=Image("sha256:3", "r", None, 1), configuration="c2")
    releases = (replace(release(3), configuration="c3"), same, release(1))
    assert choose_target(releases, releases[0], None, {}).number == 2
