"""What goes, and what never goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from deploy.model.releases import Image, Leaving, Release, ReleaseState
from deploy.planning.plan_retention import plan_release_retention

NOW = datetime(2026, 6, 15, tzinfo=UTC)


def _release(number: int, state: ReleaseState) -> Release:
    return Release(number, Image(f"sha256:{number}", "r", None, 1), (), state, "d0001", NOW)


def test_good_releases_beyond_the_kept_go_but_never_the_running_one() -> None:
    releases = [_release(n, ReleaseState.GOOD) for n in range(1, 7)]
    assert plan_release_retention(releases, 1, 3) == (2, 3)


def test_bad_releases_do_not_push_good_ones_out() -> None:
    releases = [_release(1, ReleaseState.GOOD), *(_release(n, ReleaseState.BAD) for n in range(2, 6))]
    assert 1 not in plan_release_retention(releases, None, 1)
    assert plan_release_retention(releases, None, 1) == (2, 3, 4)


def test_pruned_releases_are_not_pruned_again() -> None:
    assert plan_release_retention([_release(1, ReleaseState.PRUNED), _release(2, ReleaseState.GOOD)], 2, 1) == ()


def test_several_releases_of_one_image_are_one_way_back() -> None:
    one, two = _release(1, ReleaseState.GOOD), _release(2, ReleaseState.GOOD)
    again = [replace(two, number=number) for number in range(3, 8)]
    assert plan_release_retention([one, two, *again], 7, 2) == (2, 3, 4, 5, 6)


def test_releases_of_one_image_with_another_configuration_are_ways_back_that_push_no_image_out() -> None:
    one, two = _release(1, ReleaseState.GOOD), _release(2, ReleaseState.GOOD)
    again = [replace(two, number=number, configuration=f"c{number}") for number in range(3, 8)]
    assert plan_release_retention([one, two, *again], 7, 2) == (2, 3, 4, 5)


def test_the_release_of_backup_stays_and_one_that_was_left_pushes_nothing_out() -> None:
    releases = [_release(n, ReleaseState.GOOD) for n in range(1, 6)]
    assert plan_release_retention(releases, 5, 2, "sha256:1") == (2, 3)
    releases[3] = replace(releases[3], left=Leaving(NOW, "rolled back to release-3"))
    assert plan_release_retention(releases, 5, 2) == (1, 2)
