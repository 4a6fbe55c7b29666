"""Which backups go. Pure: age comes from the manifest, never from a file's time; the clock may have been turned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.model.backups import Backup, Verdict


@dataclass(frozen=True)
class RetentionRules:
    """What is kept. Every rule only keeps more.

    Attributes:
        keep_days: everything younger.
        keep_last: the newest so many.
        keep_daily / keep_weekly / keep_monthly: the newest of each of the last so many days, ISO weeks, months that
            have a backup.
        needs_copy: a backup that was not copied elsewhere does not count as good.
    """

    keep_days: int = 7
    keep_last: int = 1
    keep_daily: int = 0
    keep_weekly: int = 0
    keep_monthly: int = 0
    needs_copy: bool = False


def judge_backups(
    backups: Sequence[Backup], now: datetime, rules: RetentionRules, needed_deployment_ids: frozenset[str]
) -> tuple[Verdict, ...]:
    """A verdict for every backup, newest first.

    Args:
        needed_deployment_ids: deployments that can still be rolled back: their backups stay.
    """
    found: list[Verdict] = []
    for name in sorted({backup.manifest.database_name for backup in backups}):
        own = [backup for backup in backups if backup.manifest.database_name == name]
        found += _judge_one_database(own, now, rules, needed_deployment_ids)
    return tuple(sorted(found, key=lambda verdict: verdict.backup.manifest.started_at, reverse=True))


def is_good(backup: Backup, *, needs_copy: bool) -> bool:
    """Whether it was restored once and was equal, and is elsewhere too where that is wanted."""
    return backup.is_verified and not (needs_copy and backup.is_local_only)


def _judge_one_database(
    backups: Sequence[Backup], now: datetime, rules: RetentionRules, needed: frozenset[str]
) -> list[Verdict]:
    ordered = sorted(backups, key=lambda backup: (backup.manifest.started_at, backup.name), reverse=True)
    reasons: dict[str, str] = {}

    def keep(chosen: Sequence[Backup], why: str) -> None:
        for backup in chosen:
            reasons.setdefault(backup.name, why)

    good = [backup for backup in ordered if is_good(backup, needs_copy=rules.needs_copy)]
    keep([backup for backup in ordered if backup.record.is_kept], "kept by hand")
    keep([b for b in ordered if b.manifest.occasion.deployment_id in needed], "its deployment can still be rolled back")
    keep(good[:1], "the newest good one")
    keep(ordered[: max(rules.keep_last, 1)], f"one of the newest {max(rules.keep_last, 1)}")
    # One from the future was made before the clock was turned back: how old it is, nobody knows.
    oldest = now - timedelta(days=rules.keep_days)
    keep([b for b in ordered if b.manifest.started_at > oldest], f"not older than {rules.keep_days} days")
    keep(_newest_of_each(ordered, rules.keep_daily, "%Y-%m-%d"), f"the newest of its day ({rules.keep_daily} daily)")
    keep(_newest_of_each(ordered, rules.keep_weekly, "%G-%V"), f"the newest of its week ({rules.keep_weekly} weekly)")
    keep(_newest_of_each(ordered, rules.keep_monthly, "%Y-%m"), f"of its month ({rules.keep_monthly} monthly)")
    gone = f"older than {rules.keep_days} days"
    return [Verdict(b, b.name in reasons, reasons.get(b.name, gone)) for b in ordered]


def _newest_of_each(ordered: Sequence[Backup], count: int, period_format: str) -> list[Backup]:
    period: Callable[[Backup], str] = lambda backup: f"{backup.manifest.started_at:{period_format}}"  # noqa: E731
    newest: dict[str, Backup] = {}
    for backup in ordered:
        newest.setdefault(period(backup), backup)
    return list(newest.values())[:count]
