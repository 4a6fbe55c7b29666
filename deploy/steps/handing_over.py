"""Take the traffic from the containers that leave, as long as those that stay can bear it.

The edge is asked at every poll whether a container that stays still takes requests. Where none does, those that leave
take requests again at once: they still run. The one that turned unhealthy gets time to recover, more of it where the
machine keeps everybody from answering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from deploy.model.containers import Container, SlotState
from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasClock, HasContainers, HasEdge, HasReporter, HasStop
from deploy.routines.waiting import wait_until
from deploy.steps.edge_slots import slots_of

RECOVERY_SECONDS = 15
# One that falls over again and again is not recovering.
MOST_TIMES_TAKEN_BACK = 3


class Doors(HasClock, HasContainers, HasEdge, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True)
class HandOver:
    """What became of the requests meanwhile.

    Attributes:
        cut: requests in flight when the drain time-out ended.
        refused: requests that the edge answered itself with 5xx, because nothing took them.
        responses: all that were answered meanwhile.
    """

    cut: int
    refused: int
    responses: int

    @property
    def says(self) -> str:
        """What must be told; empty where nothing was lost."""
        parts = [f"{self.cut} requests were cut at the drain time-out"] if self.cut else []
        if self.refused:
            parts.append(f"{self.refused} of {self.responses} requests were refused by the edge meanwhile")
        return ", ".join(parts)


def hand_over(
    world: Doors, stay: Sequence[Container], leave: Sequence[Container], *, drain_timeout_seconds: float,
    patience_seconds: float, is_guarded: bool,
) -> HandOver:
    """Drain every container that leaves, one after the other.

    Args:
        stay: admitted already.
        patience_seconds: how long the staying ones may take to recover where the leaving ones fare no better.
        is_guarded: False on the way back: then there is nothing better to return to.

    Raises:
        StepFailed: what was to stay takes no requests; those that leave take them again.
    """
    before = world.edge.counters()
    cut, times_taken_back = 0, 0
    waiting = list(leave)
    while waiting:
        in_flight = _drain(world, waiting[0], stay if is_guarded else (), drain_timeout_seconds)
        if in_flight is not None:
            cut += in_flight
            waiting.pop(0)
            continue
        times_taken_back += 1
        _take_back(world, leave)
        waiting = list(leave)
        if times_taken_back > MOST_TIMES_TAKEN_BACK or not _recovers(world, stay, leave, patience_seconds):
            raise _turned_unhealthy(world, stay, leave, before.refused)
    after = world.edge.counters()
    return HandOver(cut, max(after.refused - before.refused, 0), max(after.total - before.total, 0))


def _drain(world: Doors, container: Container, stay: Sequence[Container], timeout_seconds: float) -> int | None:
    """No new requests; wait for those in flight. Returns how many are cut; None: nothing that stays takes requests."""
    for slot in slots_of(world, [container]):
        world.edge.set_state(slot.name, SlotState.DRAIN)
    in_flight, is_borne = 0, True

    def is_over() -> bool:
        nonlocal in_flight, is_borne
        in_flight = sum(slot.session_count for slot in slots_of(world, [container]))
        is_borne = not stay or (_is_bearing(world, stay) and not _has_crashed(world, stay))
        return in_flight == 0 or not is_borne

    wait_until(world, is_over, timeout_seconds)
    return in_flight if is_borne else None


def _is_bearing(world: Doors, containers: Sequence[Container]) -> bool:
    """Whether one of them runs and takes requests, by the edge's own check."""
    seen = [world.containers.inspect(container.container_id) for container in containers]
    running = [now for now in seen if now and now.is_running]
    return any(slot.state is SlotState.READY and slot.is_up for slot in slots_of(world, running))


def _has_crashed(world: Doors, containers: Sequence[Container]) -> bool:
    """Whether Docker started one of them again since it was admitted."""
    for container in containers:
        now = world.containers.inspect(container.container_id)
        if now is None or now.restart_count > container.restart_count:
            return True
    return False


def _take_back(world: Doors, containers: Sequence[Container]) -> None:
    for slot in slots_of(world, containers):
        world.edge.set_state(slot.name, SlotState.READY)


def _recovers(
    world: Doors, stay: Sequence[Container], leave: Sequence[Container], patience_seconds: float
) -> bool:
    """Whether what is to stay takes requests again; waited for longer where what leaves cannot answer either."""
    if _has_crashed(world, stay):
        return False
    if wait_until(world, lambda: _is_bearing(world, stay), RECOVERY_SECONDS):
        return True
    if _is_bearing(world, leave):
        return False
    world.reporter.warn("no container passes the edge's check: the machine may be busy; both releases take requests")
    wait_until(world, lambda: _is_bearing(world, stay) or _is_bearing(world, leave), patience_seconds)
    return _is_bearing(world, stay)


def _turned_unhealthy(
    world: Doors, stay: Sequence[Container], leave: Sequence[Container], refused_before: int
) -> StepFailed:
    refused = max(world.edge.counters().refused - refused_before, 0)
    names = ", ".join(container.name for container in stay)
    back = ", ".join(container.name for container in leave)
    return StepFailed(
        f"{names} stopped taking requests while the connections of {back} were ending; {back} takes them again, "
        f"and the edge refused {refused} requests meanwhile",
        hint="look for what runs out under real traffic (memory, connections), or for a health check that is too "
        "strict; repair the image and deploy again",
        reference="release-turned-unhealthy",
    )
