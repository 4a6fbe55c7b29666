"""The backups that are kept (B1), and which of them go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from deploy.commands.wiring import open_vault
from deploy.model.backups import Backup, Verdict
from deploy.model.doors import Backups, Ledger, Reporter
from deploy.model.releases import ReleaseState
from deploy.planning.backup_retention import RetentionRules, judge_backups
from deploy.settings.schema import Settings


def list_backups(settings: Settings) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
    """Newest first; and what lies there damaged. Needs neither engine nor database."""
    with open_vault(settings) as vault:
        return vault.backups.all(), vault.backups.damaged()


def show_backup(settings: Settings, name: str) -> Backup:
    """One of them.

    Raises:
        BlockedError: there is none of this name, or it is damaged.
    """
    with open_vault(settings) as vault:
        return vault.backups.get(name)


def keep_backup(settings: Settings, name: str, *, is_kept: bool) -> None:
    """Whether retention may take it.

    Raises:
        BlockedError: there is none of this name.
    """
    with open_vault(settings, command="backup keep") as vault:
        backup = vault.backups.get(name)
        vault.backups.record(name, replace(backup.record, is_kept=is_kept))


def prune_backups(settings: Settings, reporter: Reporter, *, is_dry_run: bool) -> tuple[Verdict, ...]:
    """Remove what is past its time; the verdicts, newest first.

    Raises:
        StepFailed: one could not be removed.
        LockedError: a deployment is under way.
    """
    with open_vault(settings, command="" if is_dry_run else "backup prune") as vault:
        verdicts = retention_verdicts(vault.backups, vault.ledger, vault.now(), settings)
        for verdict in verdicts:
            if not verdict.is_kept and not is_dry_run:
                reporter.log(f"removing {verdict.backup.name}")
                vault.backups.delete(verdict.backup.name)
        return verdicts


def newest_verified(backups: Sequence[Backup]) -> Backup | None:
    """The newest that was restored once, and was equal.

    Args:
        backups: newest first.
    """
    return next((backup for backup in backups if backup.is_verified), None)


def retention_verdicts(
    backups: Backups, ledger: Ledger, now: datetime, settings: Settings,
    leaving_release_numbers: frozenset[int] = frozenset(),
) -> tuple[Verdict, ...]:
    """What stays, what goes, and why.

    Args:
        leaving_release_numbers: releases that are about to be pruned: nobody rolls back to them any more.
    """
    rules = retention_rules(settings, needs_copy=bool(settings.backup_copy_to))
    return judge_backups(backups.all(), now, rules, needed_deployments(ledger, leaving_release_numbers))


def retention_rules(settings: Settings, *, needs_copy: bool) -> RetentionRules:
    """The rules of the settings.

    Args:
        needs_copy: a backup that is nowhere else does not count as good.
    """
    return RetentionRules(
        keep_days=settings.backup_keep_days, keep_last=settings.backup_keep_last,
        keep_daily=settings.backup_keep_daily, keep_weekly=settings.backup_keep_weekly,
        keep_monthly=settings.backup_keep_monthly, needs_copy=needs_copy,
    )


def needed_deployments(
    ledger: Ledger, leaving_release_numbers: frozenset[int] = frozenset()
) -> frozenset[str]:
    """Deployments that can still be rolled back: their backups stay."""
    return frozenset(
        release.deployment_id
        for release in ledger.releases()
        if release.state is ReleaseState.GOOD and release.number not in leaving_release_numbers
    )
