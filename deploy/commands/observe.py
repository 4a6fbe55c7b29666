"""One look at production: everything that a plan depends on."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deploy.checks.roles import read_roles
from deploy.checks.self_migration import migrates_at_start
from deploy.commands.own_images import images_that_run, without_the_unchanged
from deploy.commands.preflight import placeholders
from deploy.commands.version_table import at_revision_of
from deploy.model.compose_look import ComposeLook
from deploy.model.containers import BY_HAND, DEPLOYMENT_LABEL, Container
from deploy.model.database import DatabaseState
from deploy.model.deployments import Actor, Mode
from deploy.model.doors import World
from deploy.model.errors import DeployError
from deploy.model.observed import Observed
from deploy.model.pinned_images import PinnedImage, with_pinned_images
from deploy.model.releases import Image, RevisionGraph
from deploy.model.roles import Background, Role
from deploy.planning.release_identity import configuration_of
from deploy.settings.schema import Settings

# Backups are deployments, too: as many as this may have come since the last one that was none.
RECENT = 1000


def observe(
    world: World, settings: Settings, image: Image | None, database: DatabaseState,
    images: Mapping[str, PinnedImage] | None = None,
) -> Observed:
    """Look; nothing is changed.

    Args:
        image: what is to be deployed, already here; None for a backup alone.
        database: the look at the database that preflight already took.
        images: by service, those of the release that do not run the application's.
    """
    graph = graph_of(world, image) if image else None
    configuration, background = look_at_services(world, settings, images=images) if image else ("", Background())
    if graph is not None:
        database = at_revision_of(settings, database, graph)
    running = tuple(c for c in world.containers.list(settings.app_service) if c.is_running)
    running_image = _image_of(world, running)
    latest = world.images.find(f"{settings.tag_repository}:latest")
    backup = world.images.find(f"{settings.tag_repository}:backup")
    releases = world.ledger.releases()
    return Observed(
        actor=observe_actor(),
        database=database,
        image=image,
        graph=graph,
        running_containers=running,
        running_image=running_image,
        running_graph=None,
        current_release=world.ledger.current_release(),
        releases=releases,
        next_release_number=world.ledger.next_release_number(),
        latest_image_id=latest.image_id if latest else None,
        backup_image_id=backup.image_id if backup else None,
        known_graphs=world.ledger.known_graphs(),
        revision_kinds=world.ledger.revision_kinds(),
        has_page=world.edge.is_reachable() and world.edge.is_in_maintenance(),
        hand_migration=_hand_migration(world, settings),
        configuration=configuration,
        kept_numbers=frozenset(r.number for r in releases if world.compose.kept(r.name) is not None),
        background=background,
        data_check_names=tuple(check.name for check in world.data_checks.find()) if image else (),
    )


def observe_running(world: World, settings: Settings, database: DatabaseState) -> Observed:
    """The same, with the revisions of the image that runs; none of them where nothing runs."""
    observed = observe(world, settings, None, database)
    if observed.running_image is None:
        return replace(observed, background=_background_alone(world, settings))
    configuration, background = look_at_services(world, settings)
    graph = graph_of(world, observed.running_image)
    current = observed.current_release.name if observed.current_release else None
    background = images_that_run(world, background, current)
    if current is not None:
        background = without_the_unchanged(world, background, current, current, has_todays_file=False)
    return replace(
        observed, running_graph=graph, database=at_revision_of(settings, database, graph),
        configuration=configuration, background=background,
    )


def graph_of(world: World, image: Image) -> RevisionGraph:
    """The image's revisions, read once per image id: an id never changes its content."""
    graph = world.ledger.cached_graph(image.image_id)
    if graph is None or graph.version_table is None:  # an older version of this tool did not ask for that
        graph = world.migrations.graph(image.image_id)
        world.ledger.cache_graph(image.image_id, graph)
    return graph


def _background_alone(world: World, settings: Settings) -> Background:
    """Where no application runs, a broken compose file stops nobody: a restore may be what repairs everything."""
    try:
        return images_that_run(world, look_at_services(world, settings)[1], None)
    except DeployError as error:
        world.reporter.warn(f"it is not known whether workers or schedulers run, and none is stopped: {error.what}")
        return Background()


def self_migration_of(world: World, settings: Settings, look: ComposeLook | None, image_id: str) -> str:
    """The words with which the application would migrate by itself; empty where none are seen."""
    service = (look.config.get("services") or {}).get(settings.app_service) if look else None
    return migrates_at_start(service or {}, *world.images.start_words(image_id))


def look_at_services(
    world: World, settings: Settings, config: Mapping[str, Any] | None = None,
    images: Mapping[str, PinnedImage] | None = None,
) -> tuple[str, Background]:
    """Fingerprint of the release's services in the compose file, and what runs of those in the background.

    Args:
        config: the file as it was rendered a moment ago; None: it is rendered.
        images: of services that do not run the application's, those that the release has.
    """
    rendered = config or world.compose.config(placeholders())
    services = rendered["services"]
    pinned = with_pinned_images(rendered, images or {})["services"]
    roles = read_roles(services, settings)
    moving = tuple(role for role in roles if role.moves)
    others = tuple(role for role in roles if role.is_left_behind)
    names = [settings.app_service, *(role.name for role in roles if role.is_of_release)]
    return configuration_of({name: pinned.get(name, {}) for name in names}), Background(
        moving, others, {role.name: world.containers.list(role.name) for role in moving}, dict(images or {}),
        jobs=tuple(role for role in roles if role.role is Role.ONCE),
    )


def _hand_migration(world: World, settings: Settings) -> Container | None:
    """The last one that is over and was started since the last deployment: an older one tells nothing of this one."""
    by_hand = [
        c for c in world.containers.list(settings.migration_service)
        if c.status == "exited" and c.labels.get(DEPLOYMENT_LABEL, BY_HAND) == BY_HAND
    ]
    if not by_hand:
        return None
    newest = max(by_hand, key=lambda c: c.started_at.timestamp() if c.started_at else 0.0)
    last = next((d for d in world.ledger.deployments(RECENT) if d.plan.mode is not Mode.BACKUP_ONLY), None)
    if last is None or newest.started_at is None:
        return newest
    return newest if newest.started_at > (last.ended_at or last.started_at) else None


def observe_actor() -> Actor:
    """Who is at it: the person behind sudo, the host, the CI run."""
    user_name = os.environ.get("SUDO_USER") or os.environ.get("GITHUB_ACTOR") or _login()
    run = os.environ.get("GITHUB_RUN_ID") or os.environ.get("CI_PIPELINE_ID") or os.environ.get("BUILD_ID")
    return Actor(user_name=user_name, host_name=socket.gethostname(), ci_run=run)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _image_of(world: World, running: tuple[Container, ...]) -> Image | None:
    if not running:
        return None
    image_id = running[0].image_id
    # A running container's image can have lost all its names; the id alone is enough to go back to it.
    return world.images.find(image_id) or Image(image_id=image_id, reference=image_id, digest=None, size_bytes=0)
