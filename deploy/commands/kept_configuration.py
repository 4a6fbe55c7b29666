"""A release is made by the compose file that was kept for it: what that changes in what is to be planned."""

from __future__ import annotations

from dataclasses import replace

from deploy.checks.roles import read_roles
from deploy.model.doors import World
from deploy.model.observed import Observed
from deploy.model.pinned_images import as_the_file_names_them, pinned_images
from deploy.model.roles import Background
from deploy.planning.configuration import differences
from deploy.settings.schema import Settings


def as_it_was_kept(world: World, settings: Settings, observed: Observed, release: str) -> Observed:
    """The same, with the background services of the kept file, and what of it is otherwise today.

    A service that came since has no place in that release: none of it is to run. Where nothing was kept, nothing
    changes.
    """
    kept = world.compose.kept(release)
    if kept is None:
        return observed
    roles = read_roles(as_the_file_names_them(kept), settings)
    moving = [role for role in roles if role.moves]
    names = {role.name for role in moving}
    came_since = [replace(role, replicas=0) for role in observed.background.services if role.name not in names]
    services = (*moving, *came_since)
    background = Background(
        services, observed.background.others, {role.name: world.containers.list(role.name) for role in services},
        pinned_images(kept),
    )
    changed = changed_since_kept(world, settings, background, release)
    return replace(observed, background=background, kept_differences=changed)


def changed_since_kept(
    world: World, settings: Settings, background: Background, release: str
) -> tuple[str, ...]:
    """What of the release's services is otherwise in today's file, by names; nothing where no file was kept."""
    kept = world.compose.kept(release)
    if kept is None:
        return ()
    today = world.compose.config({"RELEASE": release})
    return differences(kept, today, {settings.app_service, *(service.name for service in background.services)})
