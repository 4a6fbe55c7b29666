"""From tags, labels, slots and the database back to releases. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from deploy.model.containers import RELEASE_LABEL, Container, Health, SlotState
from deploy.model.recovery import Recovery, Remains
from deploy.model.releases import Image, Release, ReleaseState, release_name

_PREFIX = "release-"


def plan_recovery(remains: Remains, at: datetime) -> Recovery:
    """Which releases there are, which one serves, and what of that is not certain.

    A release is good where it is seen to serve, or where `:latest` or `:backup` names its image: both are moved to
    releases that served. Of any other nobody can tell, and it is no rollback target.
    """
    images = _images_by_number(remains)
    current = _current(remains, images)
    trusted = {remains.tags[tag].image_id for tag in ("latest", "backup") if tag in remains.tags}
    if current is not None:
        trusted.add(images[current].image_id)
    known = {release.number for release in remains.known}
    releases = tuple(
        Release(
            number, image, (), ReleaseState.GOOD if image.image_id in trusted else ReleaseState.CANDIDATE, "", at
        )
        for number, image in sorted(images.items(), reverse=True) if number not in known
    )
    return Recovery(releases, current, tuple(_says(remains, images, trusted)), tuple(_doubts(remains, current)))


def release_of(container: Container) -> int | None:
    """The number on its label; None where a person started it."""
    return _number(container.labels.get(RELEASE_LABEL, ""))


def _number(name: str) -> int | None:
    digits = name.removeprefix(_PREFIX)
    return int(digits) if name.startswith(_PREFIX) and digits.isdigit() else None


def _images_by_number(remains: Remains) -> dict[int, Image]:
    """A container's label goes before a tag: it says what was really started under that number."""
    found = {number: image for tag, image in remains.tags.items() if (number := _number(tag)) is not None}
    for container in remains.containers:
        number = release_of(container)
        if number is not None:
            image_id = container.image_id
            found[number] = remains.images.get(image_id) or Image(image_id, image_id, None, 0)
    return found


def _current(remains: Remains, images: dict[int, Image]) -> int | None:
    """The newest release with a healthy container that the edge sends requests to; else with a healthy one."""
    ready = {s.address for s in remains.slots if s.is_up and s.state is SlotState.READY}
    healthy = [c for c in remains.containers if c.is_running and c.health in {Health.HEALTHY, Health.NONE}]
    serving = [c for c in healthy if ready & set(c.addresses)] or healthy
    by_image = {image.image_id: number for number, image in sorted(images.items())}
    numbers = [release_of(c) or by_image.get(c.image_id) for c in serving]
    return max((number for number in numbers if number is not None), default=None)


def _says(remains: Remains, images: dict[int, Image], trusted: set[str]) -> Iterator[str]:
    for number, image in sorted(images.items(), reverse=True):
        tags = [f":{tag}" for tag, named in remains.tags.items() if named.image_id == image.image_id]
        runs = [c.name for c in remains.containers if release_of(c) == number and c.is_running]
        is_good = "good" if image.image_id in trusted else "whether it was good is not known"
        where = ", ".join([*(f"runs as {name}" for name in runs), *sorted(tags)]) or "no tag, no running container"
        yield f"{release_name(number)}: image {image.image_id[7:19]}, {where}; {is_good}"
    serving = [s for s in remains.slots if s.address and s.is_up and s.state is SlotState.READY]
    yield f"edge: {len(serving)} of {len(remains.slots)} slots serve" if remains.slots else "edge: does not answer"
    yield f"database {remains.database.database_name}: at {', '.join(remains.database.revision_ids) or 'no revision'}"


def _doubts(remains: Remains, current: int | None) -> Iterator[str]:
    for container in remains.containers:
        if release_of(container) is None:
            yield f"{container.name} has no release label: it was started by hand"
    running = {release_of(c) for c in remains.containers if c.is_running} - {None}
    if len(running) > 1:
        names = ", ".join(release_name(number) for number in sorted(filter(None, running)))
        yield f"{names} run side by side: a switch was not finished; the next deployment removes the ones that must go"
    if current is None:
        yield "no release is seen to serve"
    yield "history, checklists and the reasons that were given cannot be found again"
