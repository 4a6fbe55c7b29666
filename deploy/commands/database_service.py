"""A database that is a service of the same compose file: which one it is, and that it runs before it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from deploy.adapters.postgres.address import is_name, parse_database_url
from deploy.adapters.postgres.server_containers import GATEWAY_NAMES
from deploy.checks.accessories import needed_image, service_at
from deploy.commands.needed_images import require_image
from deploy.commands.preflight import placeholders
from deploy.model.accessories import UP_COMMAND
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.doors import World
from deploy.model.errors import DATABASE, BlockedError, DeployError, NotUndoneError, StepFailed
from deploy.routines.accessories import start_accessory, wait_for_accessory
from deploy.routines.waiting import wait_until
from deploy.settings.schema import Settings

STARTING = frozenset({Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE, Mode.SKIP_MIGRATE})
UNREACHABLE = "database-unreachable"
POLL_SECONDS = 0.5


def database_service(settings: Settings, services: Mapping[str, Any]) -> str:
    """The service that DATABASE_URL or DEPLOY_DATABASE_URL leads to; empty where it is none of the file.

    One in a profile is none: who starts it by hand may have another database in production.

    Args:
        services: those of `docker compose config --format json`.
    """
    return service_at(_hosts(settings), {n: s for n, s in services.items() if not s.get("profiles")})


def ensure_database_service(world: World, settings: Settings, request: DeployRequest) -> None:
    """Where production's database is a service that does not run, a deployment starts it; it is no part of a release.

    Raises:
        BlockedError: it does not run, and this command does not start it; or its image is nowhere.
        NotUndoneError: it was started, and does not accept connections.
    """
    found = _not_running(world, settings)
    if found is None:
        return
    name, service = found
    if request.is_only_planned or request.mode not in STARTING:
        raise _error(name)
    present = world.containers.list(name)
    if present:
        world.reporter.say(f"{name}, the database of the compose file, is {present[-1].status}: started")
    else:
        reference, is_built = needed_image(name, service, settings.project_name)
        require_image(world, settings, name, reference, is_built=is_built)
        world.reporter.say(f"{name}, the database of the compose file, has no container: made and started")
    world.reporter.say(f"{name} is no part of a release: it stays, whatever becomes of this deployment")
    try:
        if present:
            world.containers.start(present[-1].container_id)
        else:
            start_accessory(world, name)
        wait_for_accessory(world, name, settings.start_timeout_seconds)
        _wait_for_answer(world, settings, name)
    except DeployError as error:
        raise NotUndoneError(
            f"{error.what}; what was started of {name} stays, and nothing else was changed", hint=error.hint,
            reference=error.reference,
        ) from error


def not_running_error(world: World, settings: Settings) -> BlockedError | None:
    """Why the database does not answer, where it is a service of the compose file that does not run."""
    found = _not_running(world, settings)
    return _error(found[0]) if found else None


@contextmanager
def naming_the_service(world: World, settings: Settings) -> Iterator[None]:
    """Inside, a database that does not answer because its service does not run is told as that.

    Raises:
        BlockedError: naming the service and the command that starts it.
    """
    try:
        yield
    except DeployError as error:
        better = _better(world, settings, error)
        if better is None:
            raise
        raise better from error


def _better(world: World, settings: Settings, error: DeployError) -> BlockedError | None:
    """What says that something was changed stays as it is."""
    if not isinstance(error, BlockedError) or error.reference != UNREACHABLE:
        return None
    try:
        return not_running_error(world, settings)
    except DeployError:
        return None  # no engine, a broken file: the first error stands


def _not_running(world: World, settings: Settings) -> tuple[str, Mapping[str, Any]] | None:
    """The file is rendered only where no running container bears one of the names."""
    hosts = _hosts(settings)
    if not hosts or any(c.is_running for host in hosts for c in world.containers.list(host)):
        return None
    services: Mapping[str, Any] = world.compose.config(placeholders()).get("services") or {}
    name = database_service(settings, services)
    if not name or any(container.is_running for container in world.containers.list(name)):
        return None
    return name, services[name]


def _hosts(settings: Settings) -> tuple[str, ...]:
    """As the containers know it, then as this host does; what is surely no service is left out."""
    urls = (settings.database_url.get_secret_value(), settings.host_database_url)
    hosts = dict.fromkeys(parse_database_url(url).host for url in urls)
    return tuple(host for host in hosts if is_name(host) and host not in GATEWAY_NAMES)


def _wait_for_answer(world: World, settings: Settings, name: str) -> None:
    """A server that has just been made starts twice, and its own health check may pass in between.

    Raises:
        StepFailed: it does not answer within the time; an answer that is an error is the next question's to tell.
    """
    last: list[DeployError] = []

    def answers() -> bool:
        try:
            world.database.observe()
        except DeployError as error:
            last[:] = [error]
            return not (error.away == DATABASE or error.reference == UNREACHABLE)
        return True

    if not wait_until(world, answers, settings.start_timeout_seconds, poll_seconds=POLL_SECONDS):
        raise StepFailed(
            f"{name} runs, and accepts no connection within {settings.start_timeout_seconds:.0f} s: {last[-1].what}",
            hint=f"{settings.compose_command} logs {name}; a slow start needs DEPLOY_START_TIMEOUT_SECONDS",
            reference="accessory-not-ready",
        )


def _error(name: str) -> BlockedError:
    return BlockedError(
        f"service {name}, the database of the compose file, is not running",
        hint=f"{UP_COMMAND} {name}", reference="database-service-stopped",
    )
