"""Which image is meant, pulled before anything else happens, known by its id from then on."""

from __future__ import annotations

from dataclasses import replace

from deploy.adapters.git import commit_of
from deploy.model.deployments import DeployRequest
from deploy.model.doors import World
from deploy.model.errors import BlockedError, UsageError
from deploy.model.releases import Image
from deploy.planning.release_identity import left_with_image
from deploy.settings.schema import Settings

NOT_THERE = "image-not-found"


def resolve_image(world: World, settings: Settings, request: DeployRequest) -> Image:
    """The image to deploy, on this machine.

    Without `--image` it is what the compose file names, or the repository's `latest` where the file takes the image
    from the tool. Where the operator moved that tag by hand
    (`docker tag repo:backup repo:latest`), it is taken as it is: a pull would silently undo the
    retag. `--pull` asks the registry all the same.

    Raises:
        BlockedError: not found, denied, registry unreachable, no disk; or production went away from this image.
    """
    if request.has_build:
        return _built(world, settings, request)
    wanted = request.image_reference or request.service_images.get(settings.app_service)
    if wanted is not None:
        request = replace(request, image_reference=wanted)
    reference = wanted or world.compose.overlay().image or f"{settings.image_repository}:latest"
    local = world.images.find(reference)
    # Beside production on one machine, the repository's :latest here is production's: nobody moved it for staging.
    is_by_hand = local is not None and not settings.environment_name and _is_moved_by_hand(world, request, local)
    if local is not None and not request.has_pull and (_is_id(reference) or is_by_hand):
        world.reporter.say(
            f"image {reference} is used as it is on this machine ({local.image_id[7:19]}), without a pull"
        )
        return local
    image = local_or_pulled(world, reference, has_pull=request.has_pull)
    if request.image_reference is None and local is not None and local.image_id != image.image_id:
        # The name goes back until the release is good: `docker compose up -d` typed by hand
        # must start what runs, and a failed deployment must not leave it on the bad image.
        world.images.tag(local.image_id, reference)
    if request.image_reference is None and not request.has_pull:
        _require_not_left(world, image)
    return image


def local_or_pulled(world: World, reference: str, *, has_pull: bool) -> Image:
    """By its id, or built here, as it is; else from its registry.

    Raises:
        BlockedError: not found, denied, registry unreachable, no disk.
    """
    local = world.images.find(reference)
    if local is not None and not has_pull and _is_id(reference):
        return local
    if local is not None and _is_of_this_machine(reference, local):
        world.reporter.say(
            f"image {reference} is used as it was built on this machine ({local.image_id[7:19]}), without a pull"
        )
        return local
    return _pull(world, reference, local)


def _built(world: World, settings: Settings, request: DeployRequest) -> Image:
    """What the compose file builds, under the name of the commit too.

    Raises:
        UsageError: an image was named as well.
        BlockedError: it cannot be built.
    """
    if request.image_reference is not None or settings.app_service in request.service_images or request.has_pull:
        raise UsageError(
            "--build cannot be used with --image or --pull", hint="./scripts/deploy.sh --help", reference="usage"
        )
    world.reporter.say(f"building the image of {settings.app_service}")
    reference = world.compose.build(settings.app_service)
    image = world.images.find(reference)
    if image is None:
        raise BlockedError(
            f"the build gave no image {reference}", hint=f"docker compose build {settings.app_service}",
            reference="build-failed",
        )
    commit, is_clean = commit_of(settings.project_directory)
    if commit:
        name = f"{reference.rpartition(':')[0] or reference}:{commit}{'' if is_clean else '-changed'}"
        world.images.tag(image.image_id, name)
        world.reporter.say(f"built as {name}")
    if commit and not is_clean:
        world.reporter.warn("the working tree is not what was committed: the image holds changes that no commit has")
    return image


def _require_not_left(world: World, image: Image) -> None:
    """What production went away from comes back by an explicit word only.

    Raises:
        BlockedError: the registry's latest still is such an image.
    """
    left = left_with_image(world.ledger.releases(), image.image_id)
    if left is None or left.left is None:
        return
    current = world.ledger.current_release()
    stays = f", or what runs with --image {current.image.image_id}" if current else ""
    raise BlockedError(
        f"the registry's {image.reference} is still {left.name}, which was left at {left.left.at:%Y-%m-%d %H:%M} UTC: "
        f"{left.left.because}",
        hint=f"push a repaired image; or deploy this one anyway with --image {image.image_id}{stays}",
        reference="release-was-left",
    )


def _pull(world: World, reference: str, local: Image | None) -> Image:
    try:
        return world.images.pull(reference, world.reporter.say)
    except BlockedError as error:
        if local is None:
            raise
        if error.reference == NOT_THERE and local.digest is None:
            world.reporter.say(f"no registry knows {reference}: the image that was built on this machine is used")
            return local
        raise BlockedError(
            error.what,
            hint=f"{error.hint}; to deploy the local copy: --image {local.image_id}",
            reference=error.reference,
        ) from error


def _is_moved_by_hand(world: World, request: DeployRequest, local: Image) -> bool:
    if request.image_reference is not None:
        return False
    current = world.ledger.current_release()
    return current is not None and current.image.image_id != local.image_id


def _is_of_this_machine(reference: str, local: Image) -> bool:
    """Whether its name is one word, as `docker build` and Compose give it: of those a registry has only its own."""
    name = reference.partition("@")[0].partition(":")[0]
    return "/" not in reference.partition("@")[0] and (local.digest or "").partition("@")[0] != name


def _is_id(reference: str) -> bool:
    return reference.startswith("sha256:")
