"""`rollback`: a kept good release serves again, and the schema stays where it is."""

from __future__ import annotations

from dataclasses import replace

from deploy.commands.kept_configuration import as_it_was_kept
from deploy.commands.modes.new_release import accessories_of
from deploy.commands.needed_images import require_images
from deploy.commands.observe import observe, self_migration_of
from deploy.commands.own_images import require_pinned, require_replaceable, without_the_unchanged
from deploy.commands.prepared import DeploymentDetails, Ground, Prepared, prepared_deployment
from deploy.commands.way_back import image_of_release, rollback_target
from deploy.model.pinned_images import pinned_images
from deploy.planning.gates import gate_rollback
from deploy.planning.plan_deployment import plan_rollback
from deploy.planning.plan_watch import watch_seconds


def prepare(ground: Ground) -> Prepared[DeploymentDetails]:
    """Choose the release, find its image, ask whether it can serve this schema."""
    world, settings = ground.world, ground.settings
    target = rollback_target(world, ground.request.rollback_to)
    image = image_of_release(world, target)
    images = pinned_images(world.compose.kept(target.name) or {})
    require_pinned(world, images)
    observed = replace(
        observe(world, settings, image, ground.database, images), compose=ground.compose,
        accessories=accessories_of(ground),
        migrates_at_start=self_migration_of(world, settings, ground.compose, image.image_id),
    )
    has_todays = ground.request.has_todays_configuration
    if has_todays:
        today = as_it_was_kept(world, settings, observed, target.name)
        observed = replace(observed, kept_differences=today.kept_differences)
    else:
        observed = as_it_was_kept(world, settings, observed, target.name)
    current = observed.current_release.name if observed.current_release else None
    observed = replace(
        observed, background=without_the_unchanged(
            world, observed.background, current, target.name, has_todays_file=has_todays
        )
    )
    if has_todays:
        require_replaceable(observed.background, image, target.name)
    if observed.graph is None:
        raise ValueError("observe always reads the graph of an image")
    gate_rollback(observed, observed.graph, target)
    require_images(world, settings, ground.compose, (), is_only_planned=ground.request.is_only_planned)
    plan = plan_rollback(
        settings, observed, target.number, image, watch_seconds(settings, ground.request),
        has_todays_configuration=has_todays,
    )
    return prepared_deployment(ground, plan, observed, DeploymentDetails())
