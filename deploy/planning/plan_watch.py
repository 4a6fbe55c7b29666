"""How long a release is watched, and what may happen by itself when the watch finds something."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.check import CheckReport
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.observed import Observed
from deploy.model.releases import Image, release_name
from deploy.model.risk import RiskReport
from deploy.model.steps import Step
from deploy.model.watching import WatchedService
from deploy.planning.plan_background import unsure_revisions
from deploy.settings.schema import Settings
from deploy.steps.measure_before import MeasureBefore
from deploy.steps.migration_guard import GuardLimits
from deploy.steps.watch_release import WatchRelease

SECONDS_PER_MINUTE = 60
MIGRATING = {Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE}
# What `--watch` without a number means where the settings say 0.
DEFAULT_MINUTES = 10.0


def watch_seconds(settings: Settings, request: DeployRequest) -> float:
    """`--watch [MINUTES]`; without it, the settings' minutes: more where a migration may run than where none does.

    A rollback is not watched unasked: what would come back by itself is what the operator has just left. Where somebody
    switched the watch off altogether, no short one comes in its place.
    """
    minutes = request.watch_minutes
    if minutes is None and request.mode in MIGRATING:
        minutes = settings.watch_minutes
    elif minutes is None:
        is_deploying = request.mode is Mode.SKIP_MIGRATE
        minutes = min(settings.watch_minutes, settings.watch_short_minutes) if is_deploying else 0
    elif minutes < 0:
        minutes = settings.watch_minutes or DEFAULT_MINUTES
    return minutes * SECONDS_PER_MINUTE


def plan_measuring(settings: Settings, observed: Observed, seconds: float) -> list[Step]:
    """Nothing to measure where nothing serves, or where nothing will be watched."""
    if not seconds or observed.running_image is None or not settings.watch_before_seconds:
        return []
    return [
        MeasureBefore(
            says=f"what is usual, for {settings.watch_before_seconds:g} s",
            service=settings.app_service, url=settings.public_url + settings.health_path,
            seconds=settings.watch_before_seconds, others=_others(observed, has_all=False),
        )
    ]


def plan_watching(
    settings: Settings, observed: Observed, image: Image, number: int, seconds: float, *, stays_because: str,
    previous: str | None, is_migrating: bool,
) -> list[Step]:
    """The watch between the last check and the promotion; none where it takes no time."""
    if not seconds:
        return []
    release = release_name(number)
    follows = "a person decides" if stays_because else f"{previous} comes back by itself"
    return [
        WatchRelease(
            says=f"{release} for {seconds / SECONDS_PER_MINUTE:g} min; when something is wrong, {follows}",
            service=settings.app_service,
            url=settings.public_url + settings.health_path, seconds=seconds,
            thresholds=settings.watch_thresholds(settings.replicas), release=release, number=number,
            image_id=image.image_id, previous=previous or "",
            previous_number=observed.current_release.number if observed.current_release else None,
            latest_reference=f"{settings.tag_repository}:latest", stays_because=stays_because,
            choices=_choices(previous, is_migrating=is_migrating), others=_others(observed, has_all=True),
        )
    ]


def _others(observed: Observed, *, has_all: bool) -> tuple[WatchedService, ...]:
    """The release's other services.

    Args:
        has_all: all that will run; else those that run before it.
    """
    background = observed.background
    return tuple(
        WatchedService(service=one.name, replicas=one.replicas) for one in background.services
        if one.replicas and (
            (has_all and (not one.image or one.name in background.images))
            or any(c.is_running for c in background.containers.get(one.name, ()))
        )
    )


def stays_because(observed: Observed, risk: RiskReport, previous: str | None, *, is_migrating: bool) -> str:
    """Why the release before must not come back by itself; empty where it is known to run on the schema.

    It is known to where the schema stays as it is (it ran on it a moment ago), and where every pending revision
    only adds.
    """
    if observed.running_image is None or previous is None:
        return "no release served before it"
    if not is_migrating or observed.graph is None:
        return ""
    unsure = unsure_revisions(observed, risk)
    if not unsure:
        return ""
    return f"{previous} is not known to work with {_revisions(unsure)}"


def guard_limits(settings: Settings, check: CheckReport | None) -> GuardLimits:
    """What the lock watchdog of the migration is told; its tables only where the check measured them all."""
    return GuardLimits(
        max_block_seconds=settings.migration_max_block_seconds, block_attempts=settings.migration_block_attempts,
        obstacle_seconds=settings.migration_obstacle_seconds,
        obstacle_wait_seconds=settings.migration_obstacle_wait_seconds, tables=_blocked_tables(check),
    )


def _blocked_tables(check: CheckReport | None) -> tuple[str, ...] | None:
    """The tables on which the migration takes locks that others hold up; None where that is not surely known.

    CREATE INDEX CONCURRENTLY waits for every older transaction of the database, whatever its tables.
    """
    if check is None or not check.statements:
        return None
    if any(s.measured is None or "concurrently" in s.sql.lower() for s in check.statements):
        return None
    names = {window.relation for window in check.windows}
    return tuple(sorted(names)) if all("." in name for name in names) else None


def _choices(previous: str | None, *, is_migrating: bool) -> str:
    """What a person can decide, the safest first."""
    found = ["deploy a repaired image"]
    if previous and is_migrating:
        found.append("or go back with the schema (./scripts/deploy.sh rollback --with-schema)")
    if previous:
        found.append(
            "or restore the backup from before, and lose what was written since (./scripts/deploy.sh backup list)"
        )
    return ", ".join(found)


def _revisions(revision_ids: Sequence[str]) -> str:
    return f"revision{'s' if len(revision_ids) > 1 else ''} {', '.join(revision_ids)}"
