"""Images of the release's other services: found before anything moves, all or none, and pinned by id from then on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deploy.checks.roles import read_roles
from deploy.commands.needed_images import REFERENCE_NOT_BUILT
from deploy.commands.preflight import placeholders
from deploy.commands.resolve_image import local_or_pulled
from deploy.model.containers import RELEASE_LABEL, Container
from deploy.model.deployments import DeployRequest
from deploy.model.doors import World
from deploy.model.errors import BlockedError, DeployError, UsageError
from deploy.model.observed import Observed
from deploy.model.pinned_images import PinnedImage, pinned_images, with_pinned_images
from deploy.model.releases import Image
from deploy.model.roles import Background, ServiceRole
from deploy.settings.schema import Settings


def resolve_own_images(
    world: World, settings: Settings, request: DeployRequest, application: Image
) -> dict[str, PinnedImage]:
    """By the service's name, the image of each that moves with the release and does not run the application's.

    Args:
        application: the image of the release; what the file calls the same is the same.

    Raises:
        UsageError: `--image SERVICE=REF` names no such service.
        BlockedError: one is nowhere, or cannot be built.
    """
    services: Mapping[str, Any] = world.compose.config(placeholders()).get("services") or {}
    roles = {role.name: role for role in read_roles(services, settings) if role.is_of_release and role.image}
    _require_known(settings, request, roles)
    return {
        name: pinned(
            role, application if role.image == application.reference else _resolve(world, settings, request, role)
        )
        for name, role in roles.items()
    }


def pinned(role: ServiceRole, image: Image) -> PinnedImage:
    """As the file names it, whatever reference it was asked by."""
    return PinnedImage(
        service=role.name, image_id=image.image_id, reference=role.image, digest=image.digest or ""
    )


def images_that_run(world: World, background: Background, release: str | None) -> Background:
    """The same, with the images that are a release's; where that is not kept, those that run.

    Args:
        release: its name; None where none was ever deployed.
    """
    kept = pinned_images(world.compose.kept(release) or {}) if release else {}
    images = {}
    for role in (*background.services, *background.jobs):
        running = [c for c in background.containers.get(role.name, ()) if c.is_running]
        if role.image and role.name in kept:
            images[role.name] = kept[role.name]
        elif role.image and running:
            images[role.name] = PinnedImage(
                service=role.name, image_id=running[0].image_id, reference=role.image, digest=""
            )
    return replace(background, images=images)


def of_release(world: World, observed: Observed, release: str) -> Observed:
    """The same, with the other services' images of that release, each on this machine.

    Raises:
        BlockedError: one is gone.
    """
    background = images_that_run(world, observed.background, release)
    require_pinned(world, background.images)
    current = observed.current_release.name if observed.current_release else None
    return replace(observed, background=without_the_unchanged(
        world, background, current, release, has_todays_file=False
    ))


def require_pinned(world: World, images: Mapping[str, PinnedImage]) -> None:
    """Each is on this machine, or is pulled by its digest.

    Raises:
        BlockedError: one is gone.
    """
    for service, image in images.items():
        if world.images.find(image.image_id) is not None:
            continue
        try:
            if image.digest and world.images.pull(image.digest, world.reporter.say).image_id == image.image_id:
                continue
        except DeployError as error:
            raise BlockedError(
                f"the image of {service} is not on this machine, and {error.what}", hint=error.hint,
                reference=error.reference,
            ) from error
        raise BlockedError(
            f"the image of {service} ({image.image_id[7:19]}, {image.reference}) is no longer on this machine",
            hint="choose another release with --to, or bring the image here with docker load",
            reference="release-image-gone",
        )


def without_the_unchanged(
    world: World, background: Background, current: str | None, release: str, *, has_todays_file: bool
) -> Background:
    """The same, without a move of those whose own image and configuration already run.

    Args:
        current: the name of the release that runs; None: none does.
        release: the name of the one to come.
        has_todays_file: it is made by today's compose file, whatever was kept for it.
    """
    own = [role for role in background.services if role.name in background.images]
    kept = world.compose.kept(current) if current and own else None
    if kept is None:
        return background
    coming = None if has_todays_file else world.compose.kept(release)
    if coming is None:
        coming = with_pinned_images(world.compose.config({"RELEASE": release}), background.images)
    return replace(background, unchanged=frozenset(
        role.name for role in own
        if kept["services"].get(role.name) == coming["services"].get(role.name)
        and _runs(role, background.images[role.name], background.containers.get(role.name, ()))
    ))


def require_replaceable(background: Background, application: Image, release: str) -> None:
    """A container is known by its image and its release; one that has both already would be left as it is.

    Args:
        application: the image of the release.
        release: the name of the one to come, made by today's compose file.

    Raises:
        BlockedError: a service runs under that name already, and by another part of the file.
    """
    for name, image in background.images.items():
        running = [c for c in background.containers.get(name, ()) if c.is_running]
        is_same = any(c.labels.get(RELEASE_LABEL) == release and c.image_id == image.image_id for c in running)
        if name in background.unchanged or not is_same:
            continue
        others = " ".join(f"--image {other}={pinned.image_id}" for other, pinned in background.images.items())
        raise BlockedError(
            f"{name} runs as {release} already, and today's compose file says otherwise of it",
            hint=f"./scripts/deploy.sh --skip-migrate --image {application.image_id} {others} makes a new release of "
            "the same images with today's file",
            reference="release-runs-otherwise",
        )


def _runs(role: ServiceRole, image: PinnedImage, containers: tuple[Container, ...]) -> bool:
    """Whether exactly that runs, and a deployment made it: of what a person started, nobody knows from which file."""
    return len(containers) == role.replicas and all(
        c.is_running and c.image_id == image.image_id and RELEASE_LABEL in c.labels for c in containers
    )


def _require_known(settings: Settings, request: DeployRequest, roles: Mapping[str, ServiceRole]) -> None:
    for name in request.service_images:
        if name in roles or name == settings.app_service:
            continue
        others = ", ".join([settings.app_service, *roles])
        raise UsageError(
            f"--image {name}=…: the release has no service {name!r} with an image of its own; it has {others}",
            hint=f"a label `surefoot.role: worker` (or web, singleton) on service {name} makes it one of the release",
            reference="image-of-no-service",
        )


def _resolve(world: World, settings: Settings, request: DeployRequest, role: ServiceRole) -> Image:
    reference = request.service_images.get(role.name, role.image)
    if request.has_build and role.is_built and role.name not in request.service_images:
        world.reporter.say(f"building the image of {role.name}")
        reference = world.compose.build(role.name)
        image = world.images.find(reference)
        if image is None:
            raise BlockedError(
                f"the build gave no image {reference}", hint=f"docker compose build {role.name}",
                reference="build-failed",
            )
        return image
    if role.is_only_built and role.name not in request.service_images:
        # Whatever a registry has under that name is somebody else's.
        return _built_here(world, settings, role)
    try:
        return local_or_pulled(world, reference, has_pull=request.has_pull)
    except BlockedError as error:
        built = "; or build it here with --build" if role.is_built else ""
        raise BlockedError(
            f"service {role.name} moves with the release, and {error.what}", hint=f"{error.hint}{built}",
            reference=error.reference,
        ) from error


def _built_here(world: World, settings: Settings, role: ServiceRole) -> Image:
    image = world.images.find(role.image)
    if image is None:
        raise BlockedError(
            f"the image of service {role.name}, {role.image}, is not on this machine, and the compose file has it "
            "built",
            hint=f"{settings.compose_command} build {role.name}; or build all of the release here with --build",
            reference=REFERENCE_NOT_BUILT,
        )
    return image
