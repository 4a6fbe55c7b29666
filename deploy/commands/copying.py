"""Copies off the machine: sent, fetched, listed, pruned. None of it keeps a deployment waiting."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from deploy.commands.backups import needed_deployments, retention_rules
from deploy.commands.wiring import Vault, open_vault
from deploy.model.backups import Backup, BackupRecord, Copy, Verdict
from deploy.model.doors import Reporter
from deploy.model.errors import BlockedError, DeployError, InterruptedByOperator, StepFailed, UsageError
from deploy.planning.backup_retention import judge_backups
from deploy.routines.copying import copy_to
from deploy.settings.schema import Settings

# A backup's name ends with its time, and a number where two had the same.
TIME = re.compile(r"_(\d{8}T\d{6}Z)(?:-\d+)?$")


@dataclass(frozen=True)
class PushReport:
    """What became of a push.

    Attributes:
        targets: where it was sent, in order.
        problems: target → why there is no copy now.
    """

    backup: Backup
    targets: tuple[str, ...]
    problems: dict[str, DeployError]


@dataclass(frozen=True)
class CopyPruning:
    """What retention said of the copies at one target.

    Attributes:
        denied: copies that may not be removed with these credentials: name → why.
        unfinished: what broken pushes left, as old, of backups that are not here any more: it goes as well.
    """

    verdicts: tuple[Verdict, ...]
    denied: dict[str, str]
    unfinished: tuple[str, ...]


def push_backup(
    settings: Settings, reporter: Reporter, name: str | None, targets: Sequence[str], *, is_whole: bool
) -> PushReport:
    """Send one backup to every target; a target that fails does not keep the others from theirs.

    Where no target can even be tried, and for one reason, that is the error.

    Args:
        name: None: the newest.
        targets: none: those of the settings.
        is_whole: read all of it back, also what was there already.

    Raises:
        UsageError: there is no target, or none that can be read.
        BlockedError: there is no such backup, or no client for any target.
        LockedError: another process sends it.
    """
    with open_vault(settings) as vault:
        chosen = tuple(targets) or vault.copies.targets()
        if not chosen:
            raise UsageError(
                "there is no target for copies: DEPLOY_BACKUP_COPY_TO is not set",
                hint="set it, or name one: --to s3://bucket/prefix", reference="no-copy-target",
            )
        name = name or _newest(vault)
        vault.backups.get(name)
        problems: dict[str, DeployError] = {}
        for target in chosen:
            try:
                copy_to(
                    vault.backups, vault.copies, name, target, say=reporter.say, is_stop_requested=_never,
                    is_whole=is_whole,
                )
            except InterruptedByOperator:
                raise
            except DeployError as error:
                problems[target] = error
        _raise_if_none_was_tried(chosen, problems)
        return PushReport(vault.backups.get(name), chosen, problems)


def _raise_if_none_was_tried(targets: Sequence[str], problems: Mapping[str, DeployError]) -> None:
    """A wrong target, a missing client, another push of it: the exit code is that error's own."""
    errors = [problems[target] for target in targets if target in problems]
    is_one_reason = len({error.reference for error in errors}) == 1
    if len(errors) == len(targets) and is_one_reason and not isinstance(errors[0], StepFailed):
        raise errors[0]


def pull_backup(settings: Settings, reporter: Reporter, name: str, target: str) -> Backup:
    """Fetch one copy.

    Raises:
        BlockedError: it is here already, or not there.
        StepFailed: it is damaged, or cannot be reached.
    """
    with open_vault(settings) as vault:
        backup = vault.copies.pull(name, target, say=reporter.say, is_stop_requested=_never)
        # It was read whole and is equal: that is a copy, proven now.
        copy = Copy(target, vault.now(), backup.manifest.size_bytes)
        vault.backups.record(name, BackupRecord(copies=(copy,)))
        return vault.backups.get(name)


def list_copies(settings: Settings, target: str) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
    """The copies at a target, newest first, with what is known of them here; and what is none there.

    Raises:
        StepFailed: it cannot be reached.
    """
    with open_vault(settings) as vault:
        return _copies_at(vault, target)


def prune_copies(settings: Settings, reporter: Reporter, target: str, *, is_dry_run: bool) -> CopyPruning:
    """The same rules, for the copies at one target alone. What may not be removed is told.

    Raises:
        StepFailed: it cannot be reached.
    """
    with open_vault(settings) as vault:
        copies, _damaged = _copies_at(vault, target)
        rules, needed = retention_rules(settings, needs_copy=False), needed_deployments(vault.ledger)
        verdicts = judge_backups(copies, vault.now(), rules, needed)
        unfinished = _abandoned(vault, target, settings.backup_keep_days)
        past = [verdict.backup.name for verdict in verdicts if not verdict.is_kept]
        denied: dict[str, str] = {}
        for name in () if is_dry_run else (*past, *unfinished):
            reporter.log(f"removing {name} at {target}")
            try:
                vault.copies.delete(name, target)
            except StepFailed as error:
                if error.reference != "copy-denied":
                    raise
                denied[name] = error.what
            else:
                _forget_copy(vault, name, target)
        return CopyPruning(verdicts, denied, unfinished)


def _copies_at(vault: Vault, target: str) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
    """What was proven of a backup here holds for its equal copy there."""
    copies, damaged = vault.copies.list(target)
    here = {backup.name: backup for backup in vault.backups.all()}
    known = tuple(
        replace(copy, record=here[copy.name].record)
        if copy.name in here and here[copy.name].manifest == copy.manifest else copy
        for copy in copies
    )
    return known, damaged


def _abandoned(vault: Vault, target: str, keep_days: int) -> tuple[str, ...]:
    """Of a backup that is still here, the next push goes on; of a young one, another machine may be at it."""
    here = {backup.name for backup in vault.backups.all()}
    oldest = f"{vault.now() - timedelta(days=keep_days):%Y%m%dT%H%M%SZ}"
    found = [(name, TIME.search(name)) for name in vault.copies.unfinished(target) if name not in here]
    return tuple(name for name, time in found if time and time[1] < oldest)


def _forget_copy(vault: Vault, name: str, target: str) -> None:
    try:
        record = vault.backups.get(name).record
    except BlockedError:
        return
    kept = tuple(copy for copy in record.copies if copy.target != target)
    if kept != record.copies:
        vault.backups.record(name, replace(record, copies=kept))


def _newest(vault: Vault) -> str:
    found = vault.backups.all()
    if not found:
        raise BlockedError(
            "there is no backup to copy", hint="./scripts/deploy.sh backup create", reference="no-such-backup"
        )
    return found[0].name


def _never() -> bool:
    """A signal ends the process: the record already says that the copy has not ended."""
    return False
