"""The release that a rollback goes back to, and its image."""

from __future__ import annotations

from deploy.commands.observe import RECENT
from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.model.releases import Image, Release
from deploy.planning.rollback_target import choose_target, served_order


def rollback_target(world: World, wanted_number: int | None) -> Release:
    """The named one, or the good one that served last before the current.

    Raises:
        BlockedError: there is none, or only such as were left.
    """
    releases = world.ledger.releases()
    lost = frozenset(r.number for r in releases if not r.image.digest and not world.images.find(r.image.image_id))
    order = served_order(world.ledger.deployments(RECENT))
    return choose_target(releases, world.ledger.current_release(), wanted_number, order, lost)


def image_of_release(world: World, release: Release) -> Image:
    """Its image, pulled by digest where it is no longer here.

    Raises:
        BlockedError: it is gone, and has no digest.
    """
    image = world.images.find(release.image.image_id) or (
        world.images.pull(release.image.digest, world.reporter.say) if release.image.digest else None
    )
    if image is None:
        raise BlockedError(
            f"the image of {release.name} is no longer on this machine and has no digest to pull it by",
            hint="look at ./scripts/deploy.sh history, and choose another release with --to",
            reference="release-image-gone",
        )
    return image
