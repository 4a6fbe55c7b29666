"""How a plan gets its backup: ours and its copies, or the proof of the operator's own service."""

from __future__ import annotations

from deploy.model.observed import Observed
from deploy.model.steps import Step
from deploy.settings.schema import Settings
from deploy.steps.back_up_database import BackUpDatabase
from deploy.steps.copy_backup import CopyBackup


def backup_steps(settings: Settings, observed: Observed) -> tuple[Step, ...]:
    """What `--backup` adds to a plan."""
    if settings.backup_external is not None:
        return (_ask_external(settings, observed),)
    return (back_up(observed), *_copy(settings))


def back_up(observed: Observed) -> BackUpDatabase:
    """One backup of ours, now."""
    # No size here: the text is hashed into the plan's id, and a living database grows.
    return _back_up(observed, f"pg_dump of {observed.database.database_name}, then decode all of it", None)


def _ask_external(settings: Settings, observed: Observed) -> BackUpDatabase:
    hours = settings.backup_external_max_age / 3600
    says = f"the external backup service proves a backup not older than {hours:g} h; no pg_dump"
    return _back_up(observed, says, settings.backup_external_max_age)


def _back_up(observed: Observed, says: str, external_max_age_seconds: float | None) -> BackUpDatabase:
    # Not who asks: one person plans, another approves, and it is the same plan.
    return BackUpDatabase(
        says=says, image_id=observed.running_image.image_id if observed.running_image else None,
        release_number=observed.current_release.number if observed.current_release else None,
        external_max_age_seconds=external_max_age_seconds,
    )


def _copy(settings: Settings) -> tuple[CopyBackup, ...]:
    """Before anything is changed: what a migration loses is then elsewhere too."""
    if not settings.backup_copy_to:
        return ()
    targets = tuple(settings.backup_copy_to)
    says = f"to {', '.join(targets)}; if that fails, the backup is local only, and the deployment goes on"
    return (CopyBackup(says=says, targets=targets),)
