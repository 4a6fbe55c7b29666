"""Is what the operator's own backup service answered good enough for a deployment?"""

from __future__ import annotations

from datetime import datetime, timedelta

from deploy.model.backups import ExternalBackup
from deploy.model.errors import StepFailed

# Clocks of two machines differ a little; more than this is no proof.
MOST_AHEAD = timedelta(minutes=5)


def require_fresh(backup: ExternalBackup, now: datetime, max_age_seconds: float) -> timedelta:
    """How old it is.

    Raises:
        StepFailed: too old, or from the future.
    """
    age = now - backup.finished_at
    if age > timedelta(seconds=max_age_seconds):
        raise StepFailed(
            f"the newest external backup, {backup.name}, ended {age.total_seconds() / 3600:,.1f} h ago; "
            f"{max_age_seconds / 3600:,.1f} h are allowed",
            hint="make a newer one there, or raise DEPLOY_BACKUP_EXTERNAL_MAX_AGE", reference="external-backup-old",
        )
    if age < -MOST_AHEAD:
        raise StepFailed(
            f"the external backup {backup.name} says that it ended {-age.total_seconds():,.0f} s from now",
            hint="set the clocks of both machines", reference="external-backup-old",
        )
    return max(age, timedelta())
