"""An image that is to become a release: looked at before its plan, and counted in it."""

from __future__ import annotations

from dataclasses import replace

from deploy.commands.accessories import look_at_accessories
from deploy.commands.backups import retention_verdicts
from deploy.commands.contract import hold_back, require_target
from deploy.commands.edge_routes import edge_text_of, require_backends
from deploy.commands.kept_configuration import as_it_was_kept
from deploy.commands.needed_images import require_images
from deploy.commands.observe import observe, self_migration_of
from deploy.commands.own_images import resolve_own_images, without_the_unchanged
from deploy.commands.prepared import Ground
from deploy.commands.promote import require_passed
from deploy.commands.resolve_image import resolve_image
from deploy.model.accessories import SeenAccessory
from deploy.model.doors import World
from deploy.model.observed import Observed
from deploy.model.releases import Release, ReleaseState, release_name
from deploy.planning.gates import gate_revisions, gate_self_migration
from deploy.planning.hand_migration import gate_hand_migration
from deploy.planning.plan_accessories import absent_accessories
from deploy.planning.plan_retention import plan_release_retention
from deploy.planning.release_identity import same_release
from deploy.settings.schema import Settings


def look_at_image(ground: Ground) -> Observed:
    """The image, its revisions beside the database's, what was migrated by hand; and every image that will start.

    Raises:
        BlockedError: it may not be deployed on this database, or an image is nowhere.
    """
    world, settings = ground.world, ground.settings
    image = resolve_image(world, settings, ground.request)
    if passed := require_passed(settings, image):
        world.reporter.say(f"passed in {passed.environment_name} as {passed.release} ({passed.deployment_id})")
    images = resolve_own_images(world, settings, ground.request, image)
    observed = replace(
        hold_back(world, observe(world, settings, image, ground.database, images)), compose=ground.compose,
        accessories=accessories_of(ground),
        migrates_at_start=self_migration_of(world, settings, ground.compose, image.image_id),
    )
    if same := same_release(observed):
        today = as_it_was_kept(world, settings, observed, same.name)
        observed = replace(observed, kept_differences=today.kept_differences)
    current = observed.current_release.name if observed.current_release else None
    release = same.name if same else release_name(observed.next_release_number)
    background = without_the_unchanged(world, observed.background, current, release, has_todays_file=True)
    observed = replace(observed, background=background, edge_text=edge_text_of(world))
    require_backends(world, settings, background)
    require_target(world, settings, observed)
    gate_revisions(observed, ground.request.mode)
    gate_self_migration(settings, observed, ground.request.mode)
    gate_hand_migration(settings, observed, ground.request)
    require_images(
        world, settings, ground.compose, absent_accessories(observed), is_only_planned=ground.request.is_only_planned
    )
    return observed


def accessories_of(ground: Ground) -> tuple[SeenAccessory, ...]:
    """Services of the compose file that are no part of a release; none where no compose file is used."""
    return look_at_accessories(ground.world, ground.settings, ground.compose.config) if ground.compose else ()


def past_their_time(world: World, settings: Settings, observed: Observed) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Numbers of releases, names of backups; decided in the plan, so that the operator sees it."""
    current = observed.current_release.number if observed.current_release else None
    releases = plan_release_retention(
        observed.releases, current, settings.keep_releases, observed.backup_image_id
    )
    verdicts = retention_verdicts(world.backups, world.ledger, world.clock.now(), settings, frozenset(releases))
    return tuple(releases), tuple(verdict.backup.name for verdict in verdicts if not verdict.is_kept)


def candidate(world: World, observed: Observed) -> Release | None:
    """The new release; None where this image already is one."""
    if observed.image is None or same_release(observed):
        return None
    return Release(
        number=observed.next_release_number,
        image=observed.image,
        head_ids=observed.graph.head_ids if observed.graph else (),
        state=ReleaseState.CANDIDATE,
        deployment_id="",
        created_at=world.clock.now(),
    )
