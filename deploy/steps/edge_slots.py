"""The edge's slots, as a switch sees them: whose they are, and which are free."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from deploy.model.containers import Container, Slot, SlotState
from deploy.model.has_doors import HasClock, HasContainers, HasEdge, HasStop
from deploy.routines.waiting import wait_until


class Doors(HasContainers, HasEdge, Protocol):
    """The edge, and the containers that its slots name."""


class WaitingDoors(Doors, HasClock, HasStop, Protocol):
    """The same, where something is waited for."""


def slots_of(world: HasEdge, containers: Sequence[Container]) -> list[Slot]:
    """The slots of these containers."""
    addresses = addresses_of(containers)
    return [slot for slot in world.edge.slots() if slot.address in addresses]


def addresses_of(containers: Sequence[Container]) -> set[str]:
    """Of all of them, on all networks."""
    return {address for container in containers for address in container.addresses}


def serving(world: HasEdge, containers: Sequence[Container]) -> list[Container]:
    """Those that the edge sends requests to now."""
    taking = {slot.address for slot in world.edge.slots() if slot.state is SlotState.READY and slot.is_up}
    return [container for container in containers if taking & set(container.addresses)]


def is_shut(world: HasEdge, container: Container) -> bool:
    """Whether a slot of it takes no requests because a tool said so; an edge that does not answer says nothing."""
    if not world.edge.is_reachable():
        return False
    return any(slot.state is not SlotState.READY for slot in slots_of(world, [container]))


def close_free_slots(world: Doors, service_name: str) -> None:
    """A free slot in `ready` would take traffic as soon as DNS names the new container."""
    in_use = addresses_of([c for c in world.containers.list(service_name) if c.is_running])
    for slot in world.edge.slots():
        if slot.address not in in_use and slot.state is not SlotState.MAINTENANCE:
            world.edge.set_state(slot.name, SlotState.MAINTENANCE)


def shut_foreign_slots(world: Doors, service_name: str) -> list[str]:
    """Take out of traffic what the edge's name leads to and is no container of the service; returns the addresses.

    On a network that several projects share, another one may have a service of the same name.
    """
    ours = addresses_of(world.containers.list(service_name))
    foreign = [slot for slot in world.edge.slots() if slot.address and slot.address not in ours]
    for slot in foreign:
        if slot.state is not SlotState.MAINTENANCE:
            world.edge.set_state(slot.name, SlotState.MAINTENANCE)
    return [slot.address for slot in foreign if slot.address]


def reopen_free_slots(
    world: WaitingDoors, service_name: str, timeout_seconds: float, gone: Collection[str] = ()
) -> list[str]:
    """Free slots go back to ready, so that a container that Docker restarts finds one; returns foreign addresses.

    Only once DNS has dropped the dead address: before that, requests would hang on it
    (1 s maxima, measured). What is not dropped in time stays closed until the next deployment.

    Args:
        gone: the addresses of the containers that were taken away.
    """

    def is_dropped() -> bool:
        living = addresses_of(world.containers.list(service_name))
        return not any(slot.address in gone and slot.address not in living for slot in world.edge.slots())

    is_clean = wait_until(world, is_dropped, timeout_seconds)
    foreign = [address for address in shut_foreign_slots(world, service_name) if address not in gone]
    if not is_clean:
        return foreign
    for slot in world.edge.slots():
        if slot.address is None and slot.state is not SlotState.READY:
            world.edge.set_state(slot.name, SlotState.READY)
    world.edge.set_last_resort(addresses_of(world.containers.list(service_name)) if foreign else None)
    return foreign
