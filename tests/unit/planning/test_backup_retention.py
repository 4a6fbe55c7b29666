"""Which backups go, and which never go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from deploy.model.backups import Backup, BackupRecord, Copy, Occasion, Verification
from deploy.planning.backup_retention import RetentionRules, judge_backups
from tests.fakes.fake_database import make_backup

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
GOOD = BackupRecord(Verification(NOW, "PostgreSQL 15.18 (host)", 3.0))
BROKEN = BackupRecord(Verification(NOW, "PostgreSQL 15.18 (host)", 3.0, ("public.orders has 2 rows, not 3",)))
COPIED = BackupRecord(Verification(NOW, "PostgreSQL 15.18 (host)", 3.0), (Copy("s3://b", NOW, 1000),))
NOBODY: frozenset[str] = frozenset()
SEVEN_DAYS = RetentionRules()


def backup(age_days: float, record: BackupRecord = GOOD, *, database: str = "shop", owner: str | None = None) -> Backup:
    name = f"{database}-{age_days}"
    return make_backup(
        name, started_at=NOW - timedelta(days=age_days), database_name=database, record=record,
        occasion=Occasion("ann", "host", owner),
    )


def kept(backups: Sequence[Backup], rules: RetentionRules = SEVEN_DAYS, needed: frozenset[str] = NOBODY) -> set[str]:
    return {verdict.backup.name for verdict in judge_backups(backups, NOW, rules, needed) if verdict.is_kept}


def test_what_is_older_than_the_days_goes() -> None:
    assert kept([backup(1), backup(6.9), backup(8), backup(30)]) == {"shop-1", "shop-6.9"}


def test_the_newest_good_one_stays_however_old_and_however_many_bad_ones_follow() -> None:
    backups = [backup(20, BackupRecord()), backup(25, BROKEN), backup(40), backup(50)]
    assert kept(backups) == {"shop-20", "shop-40"}


def test_one_that_was_not_copied_is_not_good_where_copies_are_wanted() -> None:
    backups = [backup(20), backup(30, COPIED), backup(40, COPIED)]
    assert kept(backups, RetentionRules(needs_copy=True)) == {"shop-20", "shop-30"}


def test_a_backup_of_a_deployment_that_can_be_rolled_back_stays() -> None:
    backups = [backup(1), backup(60, owner="d0003"), backup(61, owner="d0002")]
    assert kept(backups, needed=frozenset({"d0003"})) == {"shop-1", "shop-60"}


def test_a_backup_kept_by_hand_stays() -> None:
    assert kept([backup(1), backup(90, BackupRecord(is_kept=True))]) == {"shop-1", "shop-90"}


def test_each_database_has_its_own_newest() -> None:
    assert kept([backup(30), backup(40, database="other"), backup(41, database="other")]) == {"shop-30", "other-40"}


def test_every_verdict_says_why() -> None:
    assert all(verdict.why for verdict in judge_backups([backup(1), backup(9)], NOW, RetentionRules(), NOBODY))


def test_sixty_days_of_two_backups_a_day_leave_what_the_rules_name() -> None:
    """Pruned every day, as a deployment does: what goes one day never comes back the next."""
    rules = RetentionRules(keep_days=7, keep_last=3, keep_daily=14, keep_weekly=6, keep_monthly=3)
    there: list[Backup] = []
    for half_day in range(120):
        now = NOW + timedelta(hours=12 * half_day)
        there.append(make_backup(f"b{half_day:03}", started_at=now, record=GOOD))
        there = [v.backup for v in judge_backups(there, now, rules, NOBODY) if v.is_kept]
    times = [backup.manifest.started_at for backup in there]
    days = [at.date() for at in times]
    assert sum(at > max(times) - timedelta(days=7) for at in times) == 14
    assert len({day for day in days if day > max(days) - timedelta(days=14)}) == 14
    assert len({f"{day:%G-%V}" for day in days}) >= 6
    assert len({f"{day:%Y-%m}" for day in days}) == 3
    assert len(there) <= 14 + 7 + 6 + 3 + 1


def test_a_clock_that_was_turned_back_removes_nothing_young_and_a_jump_forward_leaves_the_newest_good_one() -> None:
    backups = [backup(-30), backup(0.5), backup(3)]
    assert kept(backups) == {"shop--30", "shop-0.5", "shop-3"}
    later = judge_backups(backups, NOW + timedelta(days=400), RetentionRules(), NOBODY)
    assert [v.backup.name for v in later if v.is_kept] == ["shop--30"]


@given(
    ages=st.lists(st.floats(-10, 400), min_size=1, max_size=30, unique=True),
    good=st.sets(st.integers(0, 29)), days=st.integers(1, 60), last=st.integers(1, 5), daily=st.integers(0, 10),
)
def test_the_newest_and_the_newest_good_one_always_stay_and_nothing_young_goes(
    ages: list[float], good: set[int], days: int, last: int, daily: int
) -> None:
    backups = [backup(age, GOOD if n in good else BROKEN) for n, age in enumerate(ages)]
    rules = RetentionRules(keep_days=days, keep_last=last, keep_daily=daily)
    names = kept(backups, rules)
    assert f"shop-{min(ages)}" in names
    assert len(names) >= min(last, len(ages))
    good_ages = [age for n, age in enumerate(ages) if n in good]
    assert not good_ages or f"shop-{min(good_ages)}" in names
    assert all(f"shop-{age}" in names for age in ages if age < days)
