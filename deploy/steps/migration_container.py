"""The container of the compose service `migration`: started detached, found by its label, followed to its end.

A lost terminal, or the death of this process, does not kill what it runs; `resume` finds it again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from deploy.model.containers import DEPLOYMENT_LABEL, Container
from deploy.model.errors import DeployError, InterruptedByOperator, StepFailed
from deploy.model.has_doors import HasClock, HasCompose, HasContainers, HasDatabase, HasReporter, HasStop, HasWatch
from deploy.model.steps import StepContext
from deploy.routines.waiting import POLL_SECONDS
from deploy.steps.error_in_log import error_in_log
from deploy.steps.migration_guard import MigrationGuard

STOP_GRACE_SECONDS = 60
LOG_TAIL_LINES = 1000
TELL_EVERY_SECONDS = 10


class Doors(HasClock, HasCompose, HasContainers, HasDatabase, HasReporter, HasStop, HasWatch, Protocol):
    """What it touches."""


def own_running(context: StepContext[Doors], service_name: str) -> Container | None:
    """This deployment's, while it works."""
    for container in context.world.containers.list(service_name):
        if container.is_running and container.labels.get(DEPLOYMENT_LABEL) == context.deployment_id:
            return container
    return None


def start_container(
    context: StepContext[Doors], service_name: str, image_id: str, release: str, *, target: str = "head",
    command: Sequence[str] = (),
) -> Container:
    """Start it.

    Args:
        target: what the compose file's command may tell alembic.
        command: instead of the compose file's.

    Raises:
        StepFailed: compose made none that bears our label.
    """
    world = context.world
    environment = {
        "APP_IMAGE": image_id, "RELEASE": release, "DEPLOYMENT_ID": context.deployment_id, "MIGRATION_TARGET": target,
    }
    world.compose.up(
        service_name, environment=environment, profile="migration", has_force_recreate=True, command=command
    )
    for container in reversed(world.containers.list(service_name)):
        if container.labels.get(DEPLOYMENT_LABEL) == context.deployment_id:
            return container
    # What was started runs all the same, and nobody would find it again.
    for container in world.containers.list(service_name):
        if container.is_running:
            world.containers.stop(container.container_id, STOP_GRACE_SECONDS)
    raise StepFailed(
        f"compose made no container of service {service_name!r} with the label {DEPLOYMENT_LABEL}",
        hint=f'give the service labels: {{{DEPLOYMENT_LABEL}: "${{DEPLOYMENT_ID:-manual}}"}}',
        reference="migration-container-missing",
    )


def follow_to_end(world: Doors, container: Container, guard: MigrationGuard | None = None) -> Container | None:
    """The container once it has ended; None when somebody removed it.

    Args:
        guard: looks whom it keeps waiting; None where nobody does.

    Raises:
        InterruptedByOperator: the operator asked to stop; its open transaction is rolled back.
        BlockedOthersTooLong: the guard cancelled it.
    """
    follower = threading.Thread(target=_follow_logs, args=(world, container.container_id), daemon=True)
    follower.start()
    started, told = world.clock.monotonic(), 0.0
    while True:
        present = world.containers.inspect(container.container_id)
        if present is None or present.status in {"exited", "dead"}:
            follower.join(timeout=2)
            return present
        if world.stop.is_requested():
            _stop(world, present)
        if guard is not None:
            _heed(world, container, guard)
        elapsed = world.clock.monotonic() - started
        if elapsed - told >= TELL_EVERY_SECONDS:
            told = elapsed
            world.reporter.say(f"migrating for {elapsed:.0f} s")
            for line in world.database.blockers():
                world.reporter.say(f"holds a lock: {line}")
        world.clock.sleep(POLL_SECONDS)


def cause_of(world: Doors, ended: Container | None, now: str, wanted: str) -> str:
    """Why it did not do its work: the database's own error where its log has one.

    Args:
        now, wanted: the database's revision as it is, and as it should be after it.
    """
    if ended is None:
        return "its container was removed"
    if ended.is_oom_killed:
        return "it was killed because memory ran out"
    if ended.exit_code == 0:
        return f"it ended with exit code 0, and the database is at {now}, not at {wanted}"
    said = ""
    with suppress(DeployError):  # the exit code is enough where the log is gone
        said = error_in_log(world.containers.logs(ended.container_id, LOG_TAIL_LINES))
    return said or f"it ended with exit code {ended.exit_code}"


def _stop(world: Doors, container: Container) -> None:
    world.reporter.say("stopping the migration; its open transaction is rolled back")
    world.containers.stop(container.container_id, STOP_GRACE_SECONDS)
    raise InterruptedByOperator("stopped during the migration", reference="interrupted")


def _heed(world: Doors, container: Container, guard: MigrationGuard) -> None:
    sessions, victim = guard.look()
    if victim is not None:
        cancelled = guard.cancel(sessions, victim)
        world.containers.stop(container.container_id, STOP_GRACE_SECONDS)
        raise cancelled


def _follow_logs(world: Doors, container_id: str) -> None:
    # The log is for the eye only: losing it must not lose the migration.
    with suppress(DeployError, OSError), world.containers.follow_logs(container_id) as lines:
        for line in lines:
            world.reporter.log(line)
