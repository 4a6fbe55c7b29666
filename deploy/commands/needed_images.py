"""Every image that a deployment will start is on this machine before anything moves: `up` never pulls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.checks.accessories import needed_image
from deploy.model.accessories import SeenAccessory
from deploy.model.compose_look import ComposeLook
from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.settings.schema import Settings

REFERENCE_NOT_BUILT = "image-not-built"


def require_images(
    world: World, settings: Settings, compose: ComposeLook | None, absent: Sequence[SeenAccessory], *,
    is_only_planned: bool,
) -> None:
    """Pull what is not here, beside the application's image: the edge's where no edge runs, and absent accessories'.

    Args:
        absent: those that the plan starts.
        is_only_planned: say what would be pulled, and pull nothing.

    Raises:
        BlockedError: one can be had from nowhere, or only be built.
    """
    services: Mapping[str, Any] = compose.config.get("services", {}) if compose else {}
    has_edge = any(container.is_running for container in world.containers.list(settings.edge_service))
    if not has_edge and settings.edge_service in services:
        reference, is_built = needed_image(
            settings.edge_service, services[settings.edge_service], settings.project_name
        )
        require_image(
            world, settings, settings.edge_service, reference, is_built=is_built, is_only_planned=is_only_planned
        )
    for one in (seen.accessory for seen in absent):
        require_image(world, settings, one.service, one.image, is_built=one.is_built, is_only_planned=is_only_planned)


def require_image(
    world: World, settings: Settings, service: str, reference: str, *, is_built: bool, is_only_planned: bool = False
) -> None:
    """The image of one service.

    Args:
        reference: empty where the file gives it none; then Compose says so itself.
        is_built: whether no registry can have it.

    Raises:
        BlockedError: it is not here, and cannot be pulled.
    """
    if not reference or world.images.find(reference) is not None:
        return
    if is_built:
        raise BlockedError(
            f"the image of service {service}, {reference}, is not on this machine, and the compose file has it built",
            hint=f"{settings.compose_command} build {service}", reference=REFERENCE_NOT_BUILT,
        )
    if is_only_planned:
        world.reporter.say(f"image {reference} of service {service} is not on this machine: it would be pulled")
        return
    world.reporter.say(f"pulling {reference} for service {service}")
    try:
        world.images.pull(reference, world.reporter.say)
    except BlockedError as error:
        raise BlockedError(
            f"service {service} is to be started, and {error.what}", hint=error.hint, reference=error.reference
        ) from error
