"""Start one service that is no part of a release, and wait until it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from deploy.checks.failed_start import health_words
from deploy.model.accessories import BY_HAND_ENVIRONMENT
from deploy.model.containers import Container, Health
from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasClock, HasCompose, HasContainers, HasNames, HasReporter, HasStop
from deploy.routines.waiting import wait_until

LOG_TAIL_LINES = 15
# Docker waits twice as long before each restart: so many take about three seconds.
MOST_RESTARTS = 5
REFERENCE = "accessory-not-ready"


class Doors(HasClock, HasCompose, HasContainers, HasNames, HasReporter, HasStop, Protocol):
    """What it touches."""


def start_accessory(world: Doors, service: str, profile: str = "") -> None:
    """Make what is missing of it, start what is stopped; what is there is never made again.

    Raises:
        StepFailed: Compose cannot.
    """
    world.compose.up(service, environment=BY_HAND_ENVIRONMENT, profile=profile or None, has_recreate=False)


def is_up(containers: Sequence[Container]) -> bool:
    """Whether every one runs, and is healthy where it has a health check; one that ended well did its work."""
    return bool(containers) and all(_is_ready(container) or _has_ended_well(container) for container in containers)


def wait_for_accessory(world: Doors, service: str, timeout_seconds: float) -> None:
    """Until it is up.

    Raises:
        StepFailed: it is not within the time, or will not be; its log's last lines were shown.
        InterruptedByOperator: the operator asked to stop.
    """
    found: list[Container] = []

    def is_settled() -> bool:
        found[:] = world.containers.list(service)
        return is_up(found) or any(_is_lost(container) for container in found)

    wait_until(world, is_settled, timeout_seconds)
    if not is_up(found):
        raise _not_ready(world, service, found, timeout_seconds)


def _not_ready(world: Doors, service: str, found: Sequence[Container], timeout_seconds: float) -> StepFailed:
    for container in found:
        for line in world.containers.logs(container.container_id, LOG_TAIL_LINES).splitlines():
            world.reporter.log(line)
    bad = next((c for c in found if _is_lost(c)), None) or next((c for c in found if not _is_ready(c)), None)
    why = _why(bad) if bad and _is_lost(bad) else f"was not ready within {timeout_seconds:.0f} s"
    return StepFailed(
        f"{service} was started, and {why}{health_words(bad) if bad else ''}",
        hint="its last log lines are above; repair it in the compose file, then look: "
        f"{world.names.compose_command} logs {service}; a slow start needs DEPLOY_START_TIMEOUT_SECONDS",
        reference=REFERENCE,
    )


def watch_settling(world: Doors, services: Sequence[str], timeout_seconds: float, settle_seconds: float) -> None:
    """Without a health check, only time tells a process that works from one that is about to end.

    One that the engine starts again gets its chance, until it has had too many.

    Raises:
        StepFailed: one has ended for good, or crashes again and again.
    """
    # Also one that has ended since it was waited for.
    without = [s for s in services if any(c.health is Health.NONE for c in world.containers.list(s))]
    deadline = world.clock.monotonic() + timeout_seconds
    before: dict[str, int] = {}

    def has_broken() -> bool:
        return any(
            not is_up(world.containers.list(service)) or _restarts(world, service) > before[service]
            for service in without
        )

    while without:
        before.update({service: _restarts(world, service) for service in without})
        if not wait_until(world, has_broken, settle_seconds):
            return
        for service in without:
            found = world.containers.list(service)
            if any(_is_lost(container) for container in found):
                raise _not_ready(world, service, found, timeout_seconds)
            wait_for_accessory(world, service, max(deadline - world.clock.monotonic(), settle_seconds))


def _is_ready(container: Container) -> bool:
    return container.is_running and container.health in {Health.HEALTHY, Health.NONE}


def _has_ended_well(container: Container) -> bool:
    return container.status == "exited" and container.exit_code == 0


def _is_lost(container: Container) -> bool:
    """Whether waiting cannot help: it ended for good, crashes again and again, or its check gave it up."""
    has_ended = container.status in {"exited", "dead"} and not _has_ended_well(container)
    return has_ended or container.restart_count >= MOST_RESTARTS or container.health is Health.UNHEALTHY


def _why(container: Container) -> str:
    if container.is_oom_killed:
        return "was killed because memory ran out (OOM)"
    if container.restart_count >= MOST_RESTARTS:
        code = "" if container.exit_code is None else f" with exit code {container.exit_code}"
        return f"ends{code} each time that it is started ({container.restart_count} restarts)"
    if container.status in {"exited", "dead"}:
        return f"ended with exit code {container.exit_code}"
    return "is unhealthy"


def _restarts(world: Doors, service: str) -> int:
    return sum(container.restart_count for container in world.containers.list(service))
