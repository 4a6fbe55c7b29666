"""Bring the containers of a background service to what is wanted of it, forwards and backwards by the same movement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.failed_start import REFERENCE, failed_start, is_crashed
from deploy.model.containers import RELEASE_LABEL, Container, Health
from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasClock, HasCompose, HasContainers, HasReporter, HasStop
from deploy.model.planned_step import Saved
from deploy.routines.waiting import wait_until

LOG_TAIL_LINES = 15


class Doors(HasClock, HasCompose, HasContainers, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class Wanted(Saved):
    """So many containers of this image, under a release's name."""

    image_id: str
    release: str
    count: int


@dataclass(frozen=True, kw_only=True)
class BackgroundMove(Saved):
    """One service, how it moves, and what an undo brings back.

    Attributes:
        strategy: `beside` (the new one first) or `stop-first` (the old one has ended before the new one starts).
        stop_grace_seconds: what the old one has to finish its work.
        has_health_check: else it is ready once it has run for `settle_seconds` without ending.
        former: what ran of it when the plan was made.
        image_id: its own; empty where it runs the application's.
    """

    service: str
    role: Literal["web", "worker", "singleton"]
    strategy: Literal["beside", "stop-first"]
    replicas: int
    stop_grace_seconds: int
    has_health_check: bool
    former: tuple[Wanted, ...]
    image_id: str


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a start may take, and how long one without a health check is looked at, in seconds."""

    start_timeout_seconds: float
    settle_seconds: float


# What a container is called that bears no release: somebody started it by hand.
UNNAMED_RELEASE = "manual"


def is_of(container: Container, wanted: Wanted) -> bool:
    """Whether it is one of those: by its image and its release.

    One without a release may have been started with another compose file, so it is of no release that has a name.
    """
    label = container.labels.get(RELEASE_LABEL, UNNAMED_RELEASE)
    return container.image_id == wanted.image_id and label == wanted.release


def is_there(world: HasContainers, move: BackgroundMove, wanted: Sequence[Wanted]) -> bool:
    """Whether exactly that runs of the service."""
    running = [c for c in world.containers.list(move.service) if c.is_running]
    counts = [sum(1 for c in running if is_of(c, one)) for one in wanted]
    return counts == [one.count for one in wanted] and len(running) == sum(counts)


def converge(
    world: Doors, move: BackgroundMove, wanted: Sequence[Wanted], patience: Patience, *, must_be_ready: bool
) -> None:
    """Make exactly that run of the service.

    Args:
        must_be_ready: False on the way back: what did not work before need not work now.

    Raises:
        StepFailed: a new container does not come up, or an old one does not end.
    """
    keep, leave = _split(world, move, wanted)
    # Compose would start a stopped one that it finds, whatever its release.
    gone = leave if move.strategy == "stop-first" else [c for c in leave if not c.is_running]
    _end(world, move, gone)
    leave = [container for container in leave if container not in gone]
    for one in wanted:
        _bring_up(world, move, one, keep)
    if must_be_ready:
        _wait_until_ready(world, move, wanted, patience)
    _end(world, move, leave)


def stop(world: HasContainers, move: BackgroundMove) -> int:
    """Every running container of the service ends within its grace, and stays for an undo; returns how many did."""
    running = [c for c in world.containers.list(move.service) if c.is_running]
    for container in running:
        _stop(world, move, container)
    return len(running)


def _split(
    world: HasContainers, move: BackgroundMove, wanted: Sequence[Wanted]
) -> tuple[list[Container], list[Container]]:
    """Those that are wanted, running or not, and those that must go; what is wanted beyond its count goes too."""
    keep: list[Container] = []
    leave: list[Container] = []
    left = {one: one.count for one in wanted}
    # Those that run come first: one that was stopped is started only where one is missing.
    for container in sorted(world.containers.list(move.service), key=lambda c: not c.is_running):
        kind = next((one for one, count in left.items() if count and is_of(container, one)), None)
        if kind is None:
            leave.append(container)
            continue
        left[kind] -= 1
        keep.append(container)
    return keep, leave


def _bring_up(world: Doors, move: BackgroundMove, one: Wanted, keep: Sequence[Container]) -> None:
    """Start those that are stopped, make those that are missing."""
    ours = [container for container in keep if is_of(container, one)]
    for container in ours:
        if not container.is_running:
            world.containers.start(container.container_id)
    missing = one.count - len(ours)
    if missing <= 0:
        return
    # What a person started bears no release, and is made as the project's own files have it.
    by_hand = one.release == UNNAMED_RELEASE
    world.compose.up(
        move.service,
        environment={"APP_IMAGE": one.image_id, "RELEASE": one.release},
        image_id=one.image_id, labels={} if by_hand else {RELEASE_LABEL: one.release},
        scale=len(world.containers.list(move.service)) + missing, has_recreate=False, is_as_written=by_hand,
    )


def _wait_until_ready(world: Doors, move: BackgroundMove, wanted: Sequence[Wanted], patience: Patience) -> None:
    found: list[Container] = []

    def is_ready() -> bool:
        found[:] = [c for c in world.containers.list(move.service) if any(is_of(c, one) for one in wanted)]
        for container in found:
            _refuse_broken(world, move, container)
        is_complete = len(found) >= sum(one.count for one in wanted) and all(c.is_running for c in found)
        return is_complete and (not move.has_health_check or all(c.health is Health.HEALTHY for c in found))

    if not wait_until(world, is_ready, patience.start_timeout_seconds):
        for container in found:
            _show_log(world, container)
        raise StepFailed(
            f"{move.service} was not ready within {patience.start_timeout_seconds:.0f} s",
            hint="read its log above; a slow start needs DEPLOY_START_TIMEOUT_SECONDS", reference=REFERENCE,
        )
    if not move.has_health_check:
        # Without a check, only time tells a process that works from one that is about to end.
        wait_until(world, lambda: not is_ready(), patience.settle_seconds)


def _refuse_broken(world: Doors, move: BackgroundMove, container: Container) -> None:
    is_unhealthy = move.has_health_check and container.health is Health.UNHEALTHY
    if is_crashed(container) or is_unhealthy:
        raise failed_start(container, _show_log(world, container))


def _show_log(world: Doors, container: Container) -> list[str]:
    lines = world.containers.logs(container.container_id, LOG_TAIL_LINES).splitlines()
    for line in lines:
        world.reporter.log(line)
    return lines


def _end(world: HasContainers, move: BackgroundMove, containers: Sequence[Container]) -> None:
    for container in containers:
        _stop(world, move, container)
        world.containers.remove(container.container_id)


def _stop(world: HasContainers, move: BackgroundMove, container: Container) -> None:
    """Stop it, and see that it has ended: what comes next may rest on that.

    Raises:
        StepFailed: it still runs.
    """
    if container.is_running or container.status in {"restarting", "paused"}:
        world.containers.stop(container.container_id, move.stop_grace_seconds)
    now = world.containers.inspect(container.container_id)
    if now is not None and now.is_running:
        raise StepFailed(
            f"{container.name} still runs after it was told to stop",
            hint=f"docker stop {container.name}, and look why it is started again", reference="service-goes-on",
        )


def says_moves(moves: Sequence[BackgroundMove]) -> Iterator[str]:
    """`worker`, `beat (stop-first)`: for a plan's line."""
    for move in moves:
        yield f"{move.service} (stop-first)" if move.strategy == "stop-first" else move.service
