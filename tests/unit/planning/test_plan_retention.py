"""What goes, and what never goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from deploy.model.database import Backup
from deploy.model.releases import Image, Release, ReleaseState
from deploy.planning.plan_retention import plan_backup_retention, plan_release_retention

NOW = datetime(2026, 6, 15, tzinfo=UTC)


def _backup(age_days: float) -> Backup:
    at = NOW - timedelta(days=age_days)
    return Backup(f"b{age_days}", "shop", "", 1, (), "15", "host 15", at, 1.0, None)


def _release(number: int, state: ReleaseState) -> Release:
    return Release(number, Image(f"sha256:{number}", "r", None, 1), (), state, "d0001", NOW)


def test_old_backups_go() -> None:
    assert plan_backup_retention([_backup(1), _backup(8), _backup(6.9), _backup(30)], NOW, 7) == ("b8", "b30")


def test_the_newest_backup_never_goes() -> None:
    assert plan_backup_retention([_backup(40), _backup(30)], NOW, 7) == ("b40",)
    assert plan_backup_retention([_backup(30)], NOW, 7) == ()
    assert plan_backup_retention([], NOW, 7) == ()


def test_good_releases_beyond_the_kept_go_but_never_the_running_one() -> None:
    releases = [_release(n, ReleaseState.GOOD) for n in range(1, 7)]
    assert plan_release_retention(releases, 1, 3) == (2, 3)


def test_bad_releases_do_not_push_good_ones_out() -> None:
    releases = [_release(1, ReleaseState.GOOD), *(_release(n, ReleaseState.BAD) for n in range(2, 6))]
    assert 1 not in plan_release_retention(releases, None, 1)
    assert plan_release_retention(releases, None, 1) == (2, 3, 4)


def test_pruned_releases_are_not_pruned_again() -> None:
    assert plan_release_retention([_release(1, ReleaseState.PRUNED), _release(2, ReleaseState.GOOD)], 2, 1) == ()
