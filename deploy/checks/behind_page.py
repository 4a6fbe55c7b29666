"""Whether the application is well while the maintenance page keeps us from asking it through the edge."""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol

from deploy.model.containers import HttpAnswer, Slot, SlotState
from deploy.model.has_doors import HasContainers, HasEdge


class Doors(HasContainers, HasEdge, Protocol):
    """The edge, and the application's containers."""


def is_page(world: HasEdge, answer: HttpAnswer | None) -> bool:
    """Whether it was the page that answered: somebody switched it on, and we are not on its list."""
    is_refused = answer is not None and answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    return is_refused and world.edge.is_reachable() and world.edge.is_in_maintenance()


def edge_check_problem(world: Doors, service: str) -> str:
    """Whether the edge's own check passes, which asks the same address behind the page, of each running container."""
    slots = world.edge.slots()
    for container in world.containers.list(service):
        if container.is_running and not any(_serves(slot) for slot in slots if slot.address in container.addresses):
            return f"behind the maintenance page, the edge's check of {container.name} does not pass"
    return ""


def _serves(slot: Slot) -> bool:
    return slot.state is SlotState.READY and slot.is_up and slot.is_check_passed
