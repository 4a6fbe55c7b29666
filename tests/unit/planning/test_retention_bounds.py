"""How many stay, to the one, and which of several."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.model.backups import BackupRecord, Occasion
from deploy.model.releases import Image, Release, ReleaseState
from deploy.planning.backup_retention import RetentionRules, judge_backups
from deploy.planning.plan_retention import plan_release_retention
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_ledger import AT

GOOD, BAD = ReleaseState.GOOD, ReleaseState.BAD


def release(number: int, image: str = "", state: ReleaseState = GOOD, head: str = "r1", **changes: Any) -> Release:
    made = Release(number, Image(f"sha256:{image or number}", "r", None, 1), (head,), state, "d1", AT)
    return replace(made, **changes)


def test_of_releases_as_many_ways_back_stay_as_are_to_be_kept() -> None:
    five = [release(n) for n in range(1, 6)]
    assert plan_release_retention(five, None, 2) == (1, 2, 3)
    assert plan_release_retention(five, 5, 5) == ()
    assert plan_release_retention(list(reversed(five)), None, 2) == (1, 2, 3)
    assert plan_release_retention(five, None, 2, "sha256:9") == (1, 2, 3), "no release of :backup is here"


def test_of_several_with_the_image_of_backup_only_the_newest_good_one_stays() -> None:
    same = [release(1, "x"), release(2, "x"), release(3, "x", BAD), release(4), release(5)]
    assert plan_release_retention(same, 5, 2, "sha256:x") == (1, 3)


def test_bad_ones_go_as_soon_as_newer_ones_fill_the_place() -> None:
    mixed = [release(1), release(2, state=BAD), release(3), release(4, state=ReleaseState.CANDIDATE)]
    assert plan_release_retention(mixed, 3, 2) == (2,)
    assert plan_release_retention(mixed, 3, 3) == ()
    assert plan_release_retention([release(4, state=BAD), release(3), release(1)], None, 1) == (1,)


def test_of_backups_those_younger_than_the_days_stay_to_the_second() -> None:
    now = datetime(2026, 6, 15, 12, tzinfo=UTC)
    ages = {"new": timedelta(0), "just": timedelta(days=7) - timedelta(seconds=1), "exactly": timedelta(days=7)}
    backups = [make_backup(name, started_at=now - age) for name, age in ages.items()]
    verdicts = judge_backups(backups, now, RetentionRules(keep_days=7), frozenset())
    assert [(v.backup.name, v.is_kept) for v in verdicts] == [("new", True), ("just", True), ("exactly", False)]


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({"keep_last": 3}, {0, 1, 2}), ({"keep_last": 0}, {0}), ({"keep_last": 1}, {0}), ({"keep_daily": 2}, {0, 2}),
        ({"keep_weekly": 2}, {0, 4}), ({"keep_monthly": 2}, {0, 5}), ({"keep_daily": 1}, {0}),
    ],
)
def test_each_rule_keeps_the_newest_of_its_periods(rules: dict[str, int], kept: set[int]) -> None:
    now = datetime(2027, 6, 15, tzinfo=UTC)
    times = ("06-11 20", "06-11 10", "06-10 20", "06-08 10", "06-04 10", "05-20 10")  # Thursdays but the third and fourth
    backups = [make_backup(str(n), started_at=datetime.strptime(f"2026-{t} +0000", "%Y-%m-%d %H %z")) for n, t in enumerate(times)]
    verdicts = judge_backups(backups, now, RetentionRules(keep_days=7, **rules), frozenset())
    assert {int(v.backup.name) for v in verdicts if v.is_kept} == kept
    assert [int(v.backup.name) for v in verdicts] == [0, 1, 2, 3, 4, 5], "newest first"
    assert verdicts[0].why.endswith(str(max(rules.get("keep_last", 1), 1)))


def test_the_first_reason_to_keep_is_the_one_that_is_told() -> None:
    now = datetime(2026, 6, 15, tzinfo=UTC)
    kept = make_backup("a", started_at=now, record=BackupRecord(is_kept=True), occasion=Occasion("ann", "host", "d1"))
    needed = make_backup("b", started_at=now - timedelta(days=50), occasion=Occasion("ann", "host", "d1"))
    verdicts = judge_backups([kept, needed], now, RetentionRules(), frozenset({"d1"}))
    assert ["by hand" in v.why for v in verdicts] == [True, False]
    assert all(v.is_kept for v in verdicts)
