"""What the compose file needs to be deployed without losing requests, laid over it instead of asked of its owner.

Pure: reads the rendered file. What keeps two versions from running at once is lifted, what the tool finds its
containers by is added, and an edge or a migration service that the file has not is the tool's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.checks.roles import is_once
from deploy.checks.routes import read_routes
from deploy.checks.service_port import service_port, service_port_of
from deploy.checks.settings_labels import labels_of_settings, with_labels
from deploy.checks.side_by_side import FIXED_IN_NETWORK, exclusive_keys
from deploy.model.compose_overlay import IMAGE_PROBE, ComposeOverlay, Override, OwnServices, Reset
from deploy.model.containers import DEPLOYMENT_LABEL, RELEASE_LABEL
from deploy.model.roles import ONCE_LABEL
from deploy.model.routes import RoutedService
from deploy.settings.migration_words import TARGET, upgrade_words
from deploy.settings.schema import Settings

EDGE_LISTENS = 8080
# Of the application's service, and not of a container beside it that only migrates.
NOT_FOR_MIGRATIONS = frozenset({
    "build", "command", "container_name", "depends_on", "deploy", "entrypoint", "expose", "healthcheck", "hostname",
    "image", "labels", "links", "mac_address", "networks", "ports", "profiles", "restart", "scale", "stop_grace_period",
    "stop_signal",
})
# For an env.py that sets no limit by itself; psycopg and psycopg2 read it, asyncpg does not.
LOCK_LIMIT = "-c lock_timeout=${MIGRATION_LOCK_TIMEOUT:-5s}"
# A pooler's name, or a port on which one listens.
_POOLED = re.compile(r"bouncer|pooler|pgcat|odyssey|pgpool|:(?:6432|6543|25061)\b", re.IGNORECASE)
_COMPLETED = "service_completed_successfully"
_TRAEFIK = "traefik."


def overlay_of(config: Mapping[str, Any], settings: Settings, own: OwnServices) -> ComposeOverlay:
    """What is laid over the file; nothing where it has all that a deployment needs.

    Args:
        config: `docker compose config --format json` of the project's own files, all profiles, with IMAGE_PROBE as
            APP_IMAGE.
    """
    services: Mapping[str, Any] = with_labels(config.get("services") or {}, settings)
    if settings.app_service not in services:
        return ComposeOverlay()
    app = services[settings.app_service]
    changes: dict[str, dict[str, Any]] = {settings.app_service: {}}
    says: list[str] = []
    for part in (_image, _labels, _init, _side_by_side, _dependencies, _health):
        part(_Ground(app, settings, own, settings.app_service, services), changes[settings.app_service], says)
    if settings.migration_service not in services:
        changes[settings.migration_service] = _migration(app, services, settings, own)
        says.append(
            f"migrations run in a service {settings.migration_service!r} of the tool's own, made like "
            f"{settings.app_service}: "
            f"`{' '.join(_migration_command(settings)).replace(TARGET, 'head')}`"
        )
    elif DEPLOYMENT_LABEL not in (services[settings.migration_service].get("labels") or {}):
        changes[settings.migration_service] = {"labels": {DEPLOYMENT_LABEL: "${DEPLOYMENT_ID:-manual}"}}
    changes |= _of_jobs(app, services)
    routed = read_routes(services, settings)
    for one in routed:
        changes[one.service] = _routed(one, services[one.service], settings, says)
    if settings.edge_service not in services:
        networks = _networks(app) | {
            name: options for one in routed for name, options in _networks(services[one.service]).items()
        }
        changes[settings.edge_service] = _edge(app, networks, changes[settings.app_service], settings, own)
        if not app.get("network_mode"):  # with which no network can be named; the rules refuse it
            changes[settings.app_service]["networks"] = {
                name: {"aliases": [settings.edge_alias]} for name in app.get("networks") or {"default": None}
            }
        says.append(
            f"requests come in through a service {settings.edge_service!r} of the tool's own (HAProxy) on "
            f"{settings.edge_bind}:{settings.edge_port}"
        )
    for name, labels in labels_of_settings(settings).items():
        if name in services:
            _add_labels(changes.setdefault(name, {}), labels)
    image = str(app.get("image") or "")
    return ComposeOverlay(
        {name: change for name, change in changes.items() if change}, tuple(says), "" if image == IMAGE_PROBE else image
    )


@dataclass(frozen=True)
class _Ground:
    """One web service as it was rendered, and what it is looked at with."""

    app: Mapping[str, Any]
    settings: Settings
    own: OwnServices | None
    name: str
    services: Mapping[str, Any]


def _image(ground: _Ground, change: dict[str, Any], _: list[str]) -> None:
    if ground.app.get("image") != IMAGE_PROBE:
        change["image"] = pinned_image(ground.app, ground.settings)


def pinned_image(service: Mapping[str, Any], settings: Settings) -> str:
    """The deployment's image; by hand, the file's own. A service that is only built has the name Compose gives it."""
    own = escaped(str(service.get("image") or f"{settings.project_name}-{settings.app_service}"))
    return f"${{APP_IMAGE:-{own}}}"


def _labels(ground: _Ground, change: dict[str, Any], _: list[str]) -> None:
    there = ground.app.get("labels") or {}
    wanted = {RELEASE_LABEL: "${RELEASE:-manual}", "surefoot.ledger": "${LEDGER:-}"}
    if missing := {name: value for name, value in wanted.items() if name not in there}:
        change["labels"] = missing


def _init(ground: _Ground, change: dict[str, Any], says: list[str]) -> None:
    if "init" not in ground.app:
        change["init"] = True
        says.append(f"{ground.name} runs below an init process (`init: true`), so that SIGTERM ends it")


def _side_by_side(ground: _Ground, change: dict[str, Any], says: list[str]) -> None:
    """Only what the tool's own ways replace; a fixed address stays, and is refused by the rules."""
    if ground.settings.switch != "drain":
        return
    keys = {key for key, _ in exclusive_keys(ground.app, ground.settings.replicas)}
    if "container_name" in keys:
        change["container_name"] = Reset()
        says.append(
            f"{ground.name} is not called {ground.app['container_name']!r} any more: two versions run for a moment"
        )
    if "ports" in keys:
        change["ports"] = Reset()
        if (port := _port_of(ground)) is not None:
            change["expose"] = [str(port)]  # so that the file still says where it listens
        ports = ", ".join(_says_port(port) for port in ground.app["ports"])
        says.append(f"{ground.name} does not publish {ports} itself: requests come in through the edge")


def _port_of(ground: _Ground) -> int | None:
    """The setting is the application's."""
    is_application = ground.name == ground.settings.app_service
    return service_port(ground.app, ground.settings) if is_application else service_port_of(ground.app)


def _says_port(port: Any) -> str:
    if not isinstance(port, Mapping):
        return str(port)
    host = f"{port['host_ip']}:" if port.get("host_ip") else ""
    return f"{host}{port.get('published')}:{port.get('target')}"


def _dependencies(ground: _Ground, change: dict[str, Any], says: list[str]) -> None:
    """A migration that runs before the application does is the deployment's own work."""
    needed: Mapping[str, Any] = ground.app.get("depends_on") or {}
    jobs = _jobs(ground.app)
    if jobs:
        change["depends_on"] = Override({name: how for name, how in needed.items() if name not in jobs})
    if not_run := [name for name in jobs if not is_once(ground.services.get(name) or {})]:
        says.append(
            f"{ground.name} does not wait for {', '.join(not_run)}: the deployment migrates itself, and runs no such "
            "job; a label `surefoot.role: once` makes it run one"
        )


def _add_labels(change: dict[str, Any], labels: Mapping[str, str]) -> None:
    there = change.get("labels") or {}
    if isinstance(there, Override):
        change["labels"] = Override({**there.value, **labels})
    else:
        change["labels"] = {**there, **labels}


def _of_jobs(app: Mapping[str, Any], services: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {
        name: {"labels": {ONCE_LABEL: "true"}} for name in _jobs(app) if name in services
    }
    for name, service in services.items():
        if is_once(service):  # Docker must not start it a second time
            changes[name] = changes.get(name, {}) | {"restart": "no"}
    return changes


def _jobs(app: Mapping[str, Any]) -> list[str]:
    """Those for whose end it waits."""
    needed: Mapping[str, Any] = app.get("depends_on") or {}
    return [name for name, how in needed.items() if (how or {}).get("condition") == _COMPLETED]


def _health(ground: _Ground, change: dict[str, Any], says: list[str]) -> None:
    if ground.app.get("healthcheck"):
        return
    port = service_port(ground.app, ground.settings)
    if port is not None and ground.own is not None:
        change["healthcheck"] = dict(ground.own.health_check)
        says.append(f"{ground.name} is healthy when {ground.settings.health_path} answers on port {port}")


def _migration(
    app: Mapping[str, Any], services: Mapping[str, Any], settings: Settings, own: OwnServices
) -> dict[str, Any]:
    """The application's environment, secrets, volumes and networks. Rendered, so a `$` in it is escaped already."""
    kept = {key: value for key, value in app.items() if key not in NOT_FOR_MIGRATIONS}
    added = {key: value for key, value in own.migration.items() if key not in {"image", "environment", "extra_hosts"}}
    image = pinned_image({} if app.get("image") == IMAGE_PROBE else app, settings)
    # Whatever the image's own entry point does (it may migrate by itself), this container does one thing.
    environment = app.get("environment") or {}
    limit = {} if _may_be_pooled(environment, services) else {"PGOPTIONS": LOCK_LIMIT}
    return kept | added | {
        "environment": {**limit, **environment},
        "image": image, "entrypoint": [], "command": _migration_command(settings), "networks": _networks(app),
    }


def _may_be_pooled(environment: Mapping[str, Any], services: Mapping[str, Any]) -> bool:
    """A pooler may refuse a connection that brings options (`ignore_startup_parameters` of PgBouncer).

    https://www.pgbouncer.org/config.html
    """
    images = [str(service.get("image") or "") for service in services.values()]
    return any(_POOLED.search(str(text)) for text in (*environment.values(), *services, *images))


def _migration_command(settings: Settings) -> list[str]:
    """The target is Compose's to put in; any other `$` is the project's own."""
    return [word if word.startswith("${MIGRATION_TARGET") else escaped(word) for word in upgrade_words(settings)]


def _networks(app: Mapping[str, Any]) -> dict[str, Any]:
    """The same networks; an address that only one container can have stays with the application."""
    of_one = {*FIXED_IN_NETWORK, "aliases"}
    return {
        name: {key: value for key, value in (options or {}).items() if key not in of_one} or None
        for name, options in (app.get("networks") or {"default": None}).items()
    }


def _routed(
    routed: RoutedService, service: Mapping[str, Any], settings: Settings, says: list[str]
) -> dict[str, Any]:
    """Another web service behind the edge: found by its alias, and by nobody else."""
    change: dict[str, Any] = {}
    _init(_Ground(service, settings, None, routed.service, {}), change, says)
    _side_by_side(_Ground(service, settings, None, routed.service, {}), change, says)
    if not service.get("network_mode"):
        change["networks"] = {
            name: {"aliases": [routed.alias]} for name in service.get("networks") or {"default": None}
        }
    says.append(f"{', '.join(map(str, routed.routes))} of the edge is {routed.service}'s, on its port {routed.port}")
    return change


def _edge(
    app: Mapping[str, Any], networks: Mapping[str, Any], app_change: dict[str, Any], settings: Settings,
    own: OwnServices,
) -> dict[str, Any]:
    """In the networks of all that it leads to; what told Traefik of the application tells it of the edge now."""
    edge: dict[str, Any] = {**own.edge, "networks": networks}
    edge["volumes"] = [
        f"{escaped(own.configuration)}:/conf:ro", f"{escaped(str(settings.edge_run))}:/run/edge",
    ]
    labels: Mapping[str, Any] = app.get("labels") or {}
    told = {name: str(value) for name, value in labels.items() if name.startswith(_TRAEFIK)}
    if told:
        edge["labels"] = {name: _edge_port(name, value) for name, value in told.items()}
        rest = {name: value for name, value in labels.items() if name not in told}
        app_change["labels"] = Override(rest | (app_change.get("labels") or {}))
    return edge


def _edge_port(label: str, value: str) -> str:
    return str(EDGE_LISTENS) if label.lower().endswith(".loadbalancer.server.port") else value


def escaped(text: str) -> str:
    """As a value of a compose file, in which `$` is Compose's own sign."""
    return text.replace("$", "$$")
