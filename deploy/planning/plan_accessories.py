"""Services that are no part of a release: what a plan starts of them, and what it says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.model.accessories import UP_COMMAND, SeenAccessory
from deploy.model.observed import Observed
from deploy.model.steps import Step
from deploy.settings.schema import Settings
from deploy.steps.start_accessories import StartAccessories


def absent_accessories(observed: Observed) -> tuple[SeenAccessory, ...]:
    """Those that a deployment starts because they have no container, in the order in which they need each other."""
    seen = {one.accessory.service: one for one in observed.accessories}
    ordered: dict[str, SeenAccessory] = {}

    def add(name: str) -> None:
        if name in seen and name not in ordered:
            for needed in seen[name].accessory.needs:
                add(needed)
            ordered[name] = seen[name]

    for name in seen:
        add(name)
    return tuple(one for one in ordered.values() if one.is_absent and not one.accessory.by_hand_because)


def start_accessories(settings: Settings, observed: Observed, *, waits_for_release: bool) -> list[Step]:
    """Start the absent ones; nothing where none is absent.

    Args:
        waits_for_release: those that need what the deployment brings, after the switch; else the others, before it.
    """
    names = tuple(
        seen.accessory.service for seen in absent_accessories(observed)
        if seen.accessory.waits_for_release is waits_for_release
    )
    if not names:
        return []
    return [
        StartAccessories(
            says=f"starts {', '.join(names)}: absent", services=names,
            start_timeout_seconds=settings.start_timeout_seconds, settle_seconds=settings.settle_seconds,
        )
    ]


def accessory_notes(observed: Observed, *, has_start: bool = True) -> tuple[str, ...]:
    """What the plan says of those that it does not start.

    Args:
        has_start: whether this plan starts those that are absent.
    """
    return tuple(_notes(observed.accessories, has_start=has_start))


def _notes(accessories: Sequence[SeenAccessory], *, has_start: bool) -> Iterator[str]:
    for seen in accessories:
        name, why = seen.accessory.service, seen.accessory.by_hand_because
        if seen.is_absent and why and not seen.accessory.profile:
            yield f"{name} is absent and is not started: {why}"
        elif seen.is_absent and not why and not has_start:
            yield f"{name} is absent and is not started by this command: {UP_COMMAND} {name}"
        elif not seen.is_absent and not seen.is_running and not why:
            yield f"{name} is {_words_of(seen)} and is left alone: {UP_COMMAND} {name}"


def _words_of(seen: SeenAccessory) -> str:
    last = seen.containers[-1]
    if last.status != "exited":
        return last.status
    return f"stopped (exit code {last.exit_code})"
