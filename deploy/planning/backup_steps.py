"""How a plan gets its backup: ours and its copies, or the proof of the operator's own service."""

from __future__ import annotations

from deploy.model.deployments import PlannedStep, UndoKind
from deploy.model.observed import Observed
from deploy.settings.schema import Settings


def backup_steps(settings: Settings, observed: Observed) -> tuple[PlannedStep, ...]:
    """What `--backup` adds to a plan."""
    if settings.backup_external is not None:
        return (_ask_external(settings, observed),)
    return (back_up(observed), *_copy(settings))


def back_up(observed: Observed) -> PlannedStep:
    """One backup of ours, now."""
    return PlannedStep(
        "back-up-database",
        _occasion(observed),
        # No size here: the text is hashed into the plan's id, and a living database grows.
        f"pg_dump of {observed.database.database_name}, decoded whole",
        UndoKind.NOTHING_TO_UNDO,
    )


def _ask_external(settings: Settings, observed: Observed) -> PlannedStep:
    hours = settings.backup_external_max_age / 3600
    return PlannedStep(
        "back-up-database",
        {**_occasion(observed), "external_max_age_seconds": settings.backup_external_max_age},
        f"the external backup service proves a backup not older than {hours:g} h; no pg_dump",
        UndoKind.NOTHING_TO_UNDO,
    )


def _occasion(observed: Observed) -> dict[str, str | int | None]:
    # Not who asks: one person plans, another approves, and it is the same plan.
    return {
        "image_id": observed.running_image.image_id if observed.running_image else None,
        "release_number": observed.current_release.number if observed.current_release else None,
    }


def _copy(settings: Settings) -> tuple[PlannedStep, ...]:
    """Before anything is changed: what a migration loses is then elsewhere too."""
    if not settings.backup_copy_to:
        return ()
    targets = list(settings.backup_copy_to)
    says = f"to {', '.join(targets)}; if that fails, the backup is local only, and the deployment goes on"
    return (PlannedStep("copy-backup", {"targets": targets}, says, UndoKind.NOTHING_TO_UNDO),)
