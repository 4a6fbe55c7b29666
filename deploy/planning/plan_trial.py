"""The new release, started without traffic before the point of no return: planned, or why it is not."""

from __future__ import annotations

from deploy.model.deployments import DeployRequest
from deploy.model.observed import Observed
from deploy.model.releases import Image
from deploy.model.steps import Step
from deploy.settings.schema import Settings
from deploy.steps.try_release import TryRelease


def plan_trial(
    settings: Settings, observed: Observed, image: Image, release: str, request: DeployRequest
) -> list[Step]:
    """The step before the migration; none where two must not run at once, or where it is switched off."""
    look = observed.compose
    if look is None or _why_not(settings, observed):
        return []
    # The edge's own path first, the tool's last: the release header is asked of that one.
    paths = list(dict.fromkeys(path for path in (look.edge_health_path, settings.health_path) if path))
    has_header = request.has_health_check and bool(settings.release_header)
    return [
        TryRelease(
            says=f"{release} starts beside, without traffic",
            service=settings.app_service, container_name=f"{settings.project_name}-try-{release}",
            image_id=image.image_id, release=release, health_test=tuple(look.health_test),
            health_timeout_seconds=look.health_timeout_seconds,
            limit_seconds=min(settings.start_timeout_seconds, look.start_limit_seconds), port=look.edge_port,
            paths=tuple(paths if request.has_health_check else paths[:1]),
            release_header=settings.release_header if has_header else "",
        )
    ]


def trial_warnings(settings: Settings, observed: Observed, *, is_migrating: bool) -> tuple[str, ...]:
    """What is not tried before the migration is said."""
    why = _why_not(settings, observed)
    if not is_migrating or observed.compose is None or not why:
        return ()
    return (f"the new release is not started before the migration: {why}",)


def start_limit(settings: Settings, observed: Observed) -> str:
    """What helps a start that the compose file's health check cuts short; empty where our own limit is shorter."""
    look = observed.compose
    if look is None or look.start_limit_seconds >= settings.start_timeout_seconds:
        return ""
    return (
        f"the compose file's health check gives up after {look.start_limit_seconds:.0f} s (start_period + retries x "
        "interval), before DEPLOY_START_TIMEOUT_SECONDS: raise its start_period"
    )


def _why_not(settings: Settings, observed: Observed) -> str:
    if observed.migrates_at_start:
        return f"it runs `{observed.migrates_at_start}` when it starts, and would migrate"
    if settings.switch == "stop-first":
        return "DEPLOY_SWITCH=stop-first says that two must not run at once"
    return "" if settings.tries_release else "DEPLOY_TRY_RELEASE is 0"
