"""`backup verify`: restored, compared, and the time of it kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from deploy.checks.restored_content import content_problems
from deploy.commands.wiring import open_vault
from deploy.model.backups import Backup, Verification
from deploy.model.doors import Backups, Reporter
from deploy.model.errors import BlockedError, DeployError
from deploy.settings.schema import Settings

# What speaks against the backup itself; everything else is trouble of this machine.
PROOFS = {"backup-damaged", "backup-does-not-restore"}


def verify_backup(settings: Settings, name: str | None, reporter: Reporter) -> Backup:
    """Restore one into a scratch server and compare it with its manifest.

    Args:
        name: None for the newest.

    Raises:
        BlockedError: there is none, no server to restore into, or this machine could not do it.
    """
    with open_vault(settings) as vault:
        chosen = name or newest(vault.backups, reporter)
        return verify(vault.backups, chosen, reporter)


def verify(backups: Backups, name: str, reporter: Reporter) -> Backup:
    """The same, with the result in its record; one that does not restore is a result too.

    Raises:
        DeployError: it could not be tried; its record is as it was.
    """
    backup = backups.get(name)
    try:
        restored = backups.restore_aside(name, say=reporter.say, is_stop_requested=lambda: False)
    except DeployError as error:
        if error.reference not in PROOFS:
            error.hint = "; ".join(filter(None, (error.hint, f"nothing was recorded about {name}")))
            raise
        verification = Verification(datetime.now(UTC), "", 0.0, (error.what,))
    else:
        for warning in restored.warnings:
            reporter.warn(warning)
        problems = content_problems(backup.manifest.content, restored.content)
        verification = Verification(datetime.now(UTC), restored.server, round(restored.restore_seconds, 3), problems)
    # Read again: a push may have noted a copy meanwhile.
    record = replace(backups.get(name).record, verification=verification)
    backups.record(name, record)
    return replace(backup, record=record)


def newest(backups: Backups, reporter: Reporter) -> str:
    """The name of the one that was begun last; damaged ones are named, for one of them may be newer.

    Raises:
        BlockedError: there is none.
    """
    for problem in backups.damaged():
        reporter.warn(problem)
    every = backups.all()
    if not every:
        raise BlockedError(
            "there is no backup to verify", hint="./scripts/deploy.sh backup create", reference="no-such-backup"
        )
    return every[0].name
