"""Whether the accessories run that a deployment starts: a cache, a proxy, the database of the same file."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.accessories import UP_COMMAND, SeenAccessory
from deploy.model.production import Area, NotKnown, Point, PointState, Production
from deploy.settings.schema import Settings


def accessory_points(production: Production, settings: Settings) -> Iterator[Point]:  # noqa: ARG001
    """Each that does not run. One that has ended well was a job; a file that cannot be read is told elsewhere."""
    seen = production.accessories
    if isinstance(seen, NotKnown) or production.was_never_deployed or production.is_under_way:
        return
    for one in seen:
        if not one.accessory.by_hand_because and not one.is_running and not _has_ended_well(one):
            yield Point(
                Area.CONTAINERS, PointState.WRONG, f"{one.accessory.service} does not run: {_says(one)}",
                f"{UP_COMMAND} {one.accessory.service}",
            )


def _has_ended_well(one: SeenAccessory) -> bool:
    return bool(one.containers) and all(c.status == "exited" and c.exit_code == 0 for c in one.containers)


def _says(one: SeenAccessory) -> str:
    if one.is_absent:
        return "there is no container of it"
    last = one.containers[-1]
    code = "" if last.exit_code is None else f" with {last.exit_code}"
    return f"{last.name} is {last.status}{code}"
