"""Waiting for a condition: with a deadline, and answering the operator's stop request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from deploy.model.has_doors import HasClock, HasStop

POLL_SECONDS = 0.1


class Doors(HasClock, HasStop, Protocol):
    """What it touches."""


def wait_until(
    world: Doors, is_met: Callable[[], bool], timeout_seconds: float, *, poll_seconds: float = POLL_SECONDS
) -> bool:
    """Ask until it is met or the time is over; returns whether it was met.

    Raises:
        InterruptedByOperator: the operator asked to stop meanwhile.
    """
    deadline = world.clock.monotonic() + timeout_seconds
    while True:
        world.stop.raise_if_requested()
        if is_met():
            return True
        if world.clock.monotonic() >= deadline:
            return False
        world.clock.sleep(poll_seconds)
