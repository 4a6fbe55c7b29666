"""`accessories`, `accessories up NAME`: services that are no part of a release, beside what the file says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from deploy.checks.accessories import read_accessories
from deploy.checks.roles import read_roles
from deploy.commands.database_service import database_service
from deploy.commands.needed_images import require_image
from deploy.commands.preflight import check_engine, placeholders
from deploy.commands.wiring import open_world
from deploy.model.accessories import (
    BY_HAND_ENVIRONMENT,
    CONFIG_HASH_LABEL,
    UP_COMMAND,
    Accessory,
    AccessoryChange,
    AccessoryDone,
    AccessoryLook,
    AccessoryState,
    SeenAccessory,
)
from deploy.model.consent import Answer, Consent, NeededConsent
from deploy.model.containers import Container
from deploy.model.doors import Reporter, World
from deploy.model.errors import DeployError, NotUndoneError, StepFailed, UsageError
from deploy.planning.consent import judge_consent
from deploy.routines.accessories import wait_for_accessory, watch_settling
from deploy.settings.schema import Settings

COMMAND = "accessories up"
EXIT_KILLED = 137


def look_at_accessories(world: World, settings: Settings, config: Mapping[str, Any]) -> tuple[SeenAccessory, ...]:
    """Every one of the compose file, and its containers.

    Args:
        config: `docker compose config --format json`.
    """
    services: Mapping[str, Any] = config.get("services") or {}
    found = read_accessories(
        services, read_roles(services, settings), settings.project_name, database_service(settings, services)
    )
    return tuple(SeenAccessory(one, world.containers.list(one.service)) for one in found)


def read_states(settings: Settings, reporter: Reporter) -> tuple[AccessoryLook, ...]:
    """What `accessories` lists; nothing is changed.

    Raises:
        BlockedError: no engine answers.
        UsageError: the compose file cannot be rendered.
    """
    with open_world(settings, reporter, command="accessories", is_exclusive=False) as world:
        check_engine(world)
        return look_beside_file(world, settings)


def look_beside_file(world: World, settings: Settings) -> tuple[AccessoryLook, ...]:
    """Each of them, with what the file has otherwise."""
    seen = look_at_accessories(world, settings, world.compose.config(placeholders()))
    hashes = world.compose.config_hashes(BY_HAND_ENVIRONMENT) if seen else {}
    return tuple(_beside_file(world, one, hashes) for one in seen)


@dataclass(frozen=True)
class PreparedChange:
    """What `accessories up NAME` would do, waiting for its yes. The lock is held until the context ends.

    Attributes:
        needed: the consent that it needs.
    """

    change: AccessoryChange
    needed: NeededConsent
    _world: World = field(repr=False)
    _settings: Settings = field(repr=False)

    def answer_to(self, consent: Consent) -> Answer:
        """What this consent is worth."""
        return judge_consent(self.needed, consent, None)

    def execute(self) -> AccessoryDone:
        """Do it.

        Raises:
            BlockedError: its image is nowhere; nothing was changed.
            StepFailed: it runs as before.
            NotUndoneError: it does not run as the file says now.
        """
        return _carry_out(self._world, self._settings, self.change)


@contextmanager
def prepare_up(settings: Settings, name: str, reporter: Reporter) -> Iterator[PreparedChange]:
    """Look at it, with the deployment's lock of this machine; an unfinished deployment may be waiting for just this.

    Raises:
        LockedError: a deployment is under way.
        UsageError: the file has no such accessory.
    """
    with open_world(settings, reporter, command=COMMAND) as world:
        check_engine(world)
        change = _change(_named(name, look_beside_file(world, settings)))
        yield PreparedChange(change, _needed(change), world, settings)


def _beside_file(world: World, seen: SeenAccessory, hashes: Mapping[str, str]) -> AccessoryLook:
    accessory = seen.accessory
    if seen.is_absent:
        return AccessoryLook(accessory, AccessoryState.ABSENT)
    changes = _changes(world, accessory, seen.containers, hashes.get(accessory.service, ""))
    if not seen.is_running:
        return AccessoryLook(accessory, AccessoryState.STOPPED, seen.containers, changes)
    state = AccessoryState.CHANGED if changes else AccessoryState.AS_THE_FILE_SAYS
    return AccessoryLook(accessory, state, seen.containers, changes)


def _changes(
    world: World, accessory: Accessory, containers: Sequence[Container], file_hash: str
) -> tuple[str, ...]:
    """By what Compose itself goes: its hash of the service, and the image behind the name."""
    found = []
    if any(container.labels.get(CONFIG_HASH_LABEL) != file_hash for container in containers):
        found.append("the file says otherwise of it than when it was made")
    image = world.images.find(accessory.image) if accessory.image else None
    if image is not None and any(container.image_id != image.image_id for container in containers):
        found.append(f"{accessory.image} names another image here than it runs")
    return tuple(found)


def _named(name: str, looks: Sequence[AccessoryLook]) -> AccessoryLook:
    found = next((look for look in looks if look.accessory.service == name), None)
    if found is None:
        names = ", ".join(look.accessory.service for look in looks) or "none"
        raise UsageError(
            f"the compose file has no accessory {name!r}; it has {names}",
            hint="./scripts/deploy.sh accessories; what belongs to the release is moved by a deployment",
            reference="accessory-unknown",
        )
    return found


def _change(look: AccessoryLook) -> AccessoryChange:
    name, grace = look.accessory.service, look.accessory.stop_grace_seconds
    if look.state is AccessoryState.AS_THE_FILE_SAYS:
        return AccessoryChange(look, "nothing", f"{name} runs as the file says")
    if look.state is AccessoryState.ABSENT:
        return AccessoryChange(look, "make", f"{name} is made of {look.accessory.image} and started")
    if look.state is AccessoryState.STOPPED and not look.changes:
        return AccessoryChange(look, "start", f"{name}, which is stopped, is started: the same container")
    why = "; ".join(look.changes)
    if look.state is AccessoryState.STOPPED:
        return AccessoryChange(
            look, "recreate", f"{name}, which is stopped, is recreated ({why}); its named volumes stay"
        )
    return AccessoryChange(
        look, "recreate",
        f"{name} is recreated ({why}); its named volumes stay. {name} is away while it is recreated: about as long as "
        f"it takes to end (at most {grace} s) and to start",
    )


def _needed(change: AccessoryChange) -> NeededConsent:
    name = change.look.accessory.service
    if change.what == "nothing":
        return NeededConsent("none", name)
    if change.look.accessory.is_database:
        return NeededConsent("typed", name, f"{name} is a database")
    return NeededConsent("yes", name, f"{name} is changed")


def _carry_out(world: World, settings: Settings, change: AccessoryChange) -> AccessoryDone:
    accessory, containers = change.look.accessory, change.look.containers
    if change.what == "nothing":
        return AccessoryDone(change.look, change.what)
    if change.what != "start":
        require_image(world, settings, accessory.service, accessory.image, is_built=accessory.is_built)
    began = world.clock.monotonic()
    warnings: tuple[str, ...] = ()
    try:
        if change.what == "recreate":
            warnings = _end(world, accessory, containers)
        _start(world, change)
        wait_for_accessory(world, accessory.service, settings.start_timeout_seconds)
        away = world.clock.monotonic() - began
        watch_settling(world, (accessory.service,), settings.start_timeout_seconds, settings.settle_seconds)
    except DeployError as error:
        raise _not_as_it_was(world, accessory, containers, error) from error
    seen = next(o for o in look_beside_file(world, settings) if o.accessory.service == accessory.service)
    was_running = any(container.is_running for container in containers)
    return AccessoryDone(seen, change.what, away if was_running else None, warnings)


def _start(world: World, change: AccessoryChange) -> None:
    accessory, containers = change.look.accessory, change.look.containers
    if change.what == "start":
        for container in containers:
            world.containers.start(container.container_id)
        return
    try:
        world.compose.up(
            accessory.service, environment=BY_HAND_ENVIRONMENT, profile=accessory.profile or None, has_recreate=True
        )
    except DeployError:
        # What Compose could not replace is there still, and ran.
        for container in containers:
            if container.is_running and world.containers.inspect(container.container_id) is not None:
                world.containers.start(container.container_id)
        raise


def _end(world: World, accessory: Accessory, containers: Sequence[Container]) -> tuple[str, ...]:
    """Within its grace, before another is made: a database writes what it has in memory."""
    killed = []
    for container in containers:
        if not container.is_running:
            continue
        world.containers.stop(container.container_id, accessory.stop_grace_seconds)
        now = world.containers.inspect(container.container_id)
        if now is not None and now.exit_code == EXIT_KILLED:
            killed.append(
                f"{container.name} did not end within {accessory.stop_grace_seconds} s and was killed: "
                "a longer `stop_grace_period` gives it the time"
            )
    return tuple(killed)


def _not_as_it_was(
    world: World, accessory: Accessory, before: Sequence[Container], error: DeployError
) -> DeployError:
    """What is true now, as far as it is seen."""
    name = accessory.service
    now = world.containers.list(name)
    if [c.container_id for c in now if c.is_running] == [c.container_id for c in before if c.is_running]:
        return StepFailed(f"{error.what}; {name} is as it was", hint=error.hint, reference=error.reference)
    runs = "its container runs" if any(c.is_running for c in now) else "it does not run"
    return NotUndoneError(
        f"{error.what}; {name} was changed, and {runs}", hint=f"{error.hint}; then again: {UP_COMMAND} {name}",
        reference=error.reference,
    )
