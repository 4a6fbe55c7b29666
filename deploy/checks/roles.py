"""Which role each service of the rendered compose file has: by its label, by the settings, or by what it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from deploy.checks.compose_look import seconds_of
from deploy.checks.routes import route_label
from deploy.checks.service_image import belongs_because, image_of, is_database, is_only_built, keeps_data
from deploy.checks.side_by_side import exclusive_keys
from deploy.checks.uses_database import uses_database
from deploy.model.errors import BlockedError
from deploy.model.roles import BACKGROUND, ONCE_LABEL, ROLE_LABEL, Role, ServiceRole
from deploy.model.routes import ROUTE_LABEL
from deploy.settings.schema import Settings

# What Docker gives a container where the file says nothing.
DEFAULT_GRACE = "10s"
LABELLED = {role.value: role for role in (Role.WEB, Role.WORKER, Role.SINGLETON, Role.ONCE, Role.ACCESSORY)}
# A word of its command or name that says: it acts by the clock, and twice would be twice.
_CLOCKWORK = re.compile(
    r"(?:^|[^a-z])(?:celery-?beat|beat|scheduler|rqscheduler|apscheduler|cron|crond|supercronic|clock|periodic)"
    r"(?:[^a-z]|$)"
)
MIGRATES = re.compile(r"\balembic\b|\bflask\s+db\b|\bmanage\.py\s+migrate\b")
_COMPLETED = "service_completed_successfully"
_BUILD_KEYS = ("context", "dockerfile", "dockerfile_inline", "target")


def read_roles(services: Mapping[str, Any], settings: Settings) -> tuple[ServiceRole, ...]:
    """Every service, in the file's order.

    Args:
        services: those of `docker compose config --format json`, all profiles.

    A label that names no role is as none here; `role_problems` refuses it.
    """
    return tuple(_read(name, service, services, settings) for name, service in services.items())


def runs_once(name: str, services: Mapping[str, Any]) -> bool:
    """Whether another service waits for its end, or did before what is laid over the file took that away."""
    labels = services[name].get("labels") or {}
    is_told = isinstance(labels, Mapping) and ONCE_LABEL in labels
    return is_told or any(_waits_for_end(other, name) for other in services.values())


def is_once(service: Mapping[str, Any]) -> bool:
    """Whether its label says that it runs once in each deployment."""
    return _label(service) == Role.ONCE.value


def role_problems(services: Mapping[str, Any]) -> list[BlockedError]:
    """Labels that name no role."""
    return [
        BlockedError(
            f"service {name} has `{ROLE_LABEL}: {label}`, which is no role",
            hint=f"one of {', '.join(LABELLED)}; or leave the label away, and the plan says what is inferred",
            reference="unknown-role",
        )
        for name, service in services.items() if (label := _label(service)) and label not in LABELLED
    ]


def _read(name: str, service: Mapping[str, Any], services: Mapping[str, Any], settings: Settings) -> ServiceRole:
    is_ours = _runs_same_image(service, services.get(settings.app_service) or {})
    role, reason = _role(name, service, services, settings, is_ours=is_ours)
    strategy, why = _strategy(role, service)
    is_labelled_background = bool(_label(service)) and role in BACKGROUND
    return ServiceRole(
        name, role, reason, has_release_image=is_ours, strategy=strategy, strategy_reason=why,
        replicas=_replicas(service),
        stop_grace_seconds=max(round(seconds_of(str(service.get("stop_grace_period") or DEFAULT_GRACE))), 1),
        has_health_check=_has_health_check(service), is_asked_for=bool(_label(service)),
        image="" if is_ours else image_of(name, service, settings.project_name), is_built=bool(service.get("build")),
        is_only_built=is_only_built(service),
        is_application=name == settings.app_service,
        is_routed=role is Role.WEB and name != settings.app_service and bool(route_label(service)),
        uses_database=is_ours or is_labelled_background or uses_database(service, services),
    )


def _role(
    name: str, service: Mapping[str, Any], services: Mapping[str, Any], settings: Settings, *, is_ours: bool
) -> tuple[Role, str]:
    fixed = {
        settings.app_service: (Role.WEB, "DEPLOY_APP_SERVICE"),
        settings.edge_service: (Role.EDGE, "DEPLOY_EDGE_SERVICE"),
        settings.migration_service: (Role.MIGRATION, "DEPLOY_MIGRATION_SERVICE"),
    }
    if name in fixed:
        return fixed[name]
    label = _label(service)
    if label in LABELLED:
        return LABELLED[label], f"its label {ROLE_LABEL}"
    if route_label(service):
        return Role.WEB, f"its label {ROUTE_LABEL}"
    if not is_ours:
        return next(_of_another_image(name, service, services, settings))
    return next(_inferred(name, service, services))


def _of_another_image(
    name: str, service: Mapping[str, Any], services: Mapping[str, Any], settings: Settings
) -> Iterator[tuple[Role, str]]:
    """The role of a service with an image of its own: what this project builds moves with its releases."""
    yield from _by_hand(name, service, services)
    why = belongs_because(service, services.get(settings.app_service) or {})
    if not why:
        yield Role.ACCESSORY, "another image than the application's"
    if is_database(name, service) or name == _database_host(settings):
        yield Role.ACCESSORY, "a database: what it holds is nowhere else"
    if data := keeps_data(service):
        yield Role.ACCESSORY, f"{why}, and it keeps data in {data}"
    if _is_asked_by_users(service):
        yield Role.WEB, why
    if _CLOCKWORK.search(f"{_command_of(service)} {name}".lower()):
        yield Role.SINGLETON, f"{why}, and its name or command is a scheduler's"
    yield Role.WORKER, why


def _inferred(name: str, service: Mapping[str, Any], services: Mapping[str, Any]) -> Iterator[tuple[Role, str]]:
    """The role of a service of the application's image; the first answer counts."""
    yield from _by_hand(name, service, services)
    if _is_asked_by_users(service):
        yield Role.WEB, "the application's image, and it is asked by users: a second web service"
    if _CLOCKWORK.search(f"{_command_of(service)} {name}".lower()):
        yield Role.SINGLETON, "the application's image, and its name or command is a scheduler's"
    yield Role.WORKER, "the application's image, and no published port"


def _database_host(settings: Settings) -> str:
    try:
        return urlsplit(settings.database_url.get_secret_value()).hostname or ""
    except ValueError:  # a password may hold what a URL may not
        return ""


def _by_hand(name: str, service: Mapping[str, Any], services: Mapping[str, Any]) -> Iterator[tuple[Role, str]]:
    """What no deployment may start by itself."""
    if service.get("profiles"):
        yield Role.ACCESSORY, f"in the profile {service['profiles'][0]}: started by hand"
    if MIGRATES.search(_command_of(service).lower()):
        yield Role.ACCESSORY, "it runs migrations, which the deployment does itself"
    if runs_once(name, services):
        yield Role.ACCESSORY, "another service waits for its end: it runs once"


def _is_asked_by_users(service: Mapping[str, Any]) -> bool:
    """It publishes a port, or tells a proxy in front that it has one."""
    labels = service.get("labels") or {}
    return bool(service.get("ports")) or any(str(label).lower().startswith("traefik.http.") for label in labels)


def _command_of(service: Mapping[str, Any]) -> str:
    return " ".join([*_words(service.get("entrypoint")), *_words(service.get("command"))])


def _strategy(role: Role, service: Mapping[str, Any]) -> tuple[Literal["beside", "stop-first"], str]:
    if role is Role.SINGLETON:
        return "stop-first", ""
    if route_label(service):  # what allows one container only is lifted: the edge is before it
        return "beside", ""
    found = exclusive_keys(service, _replicas(service))
    if found:
        return "stop-first", f"`{found[0][0]}` allows one container only"
    if str(service.get("network_mode") or "") not in {"", "default", "none"}:
        return "stop-first", f"`network_mode: {service['network_mode']}`"
    return "beside", ""


def _runs_same_image(service: Mapping[str, Any], app: Mapping[str, Any]) -> bool:
    if service.get("image") or app.get("image"):
        return bool(service.get("image")) and service.get("image") == app.get("image")
    return bool(service.get("build")) and _build_of(service) == _build_of(app)


def _build_of(service: Mapping[str, Any]) -> list[Any]:
    build = service.get("build") or {}
    return [build.get(key) for key in _BUILD_KEYS] if isinstance(build, Mapping) else [build]


def _waits_for_end(other: Mapping[str, Any], name: str) -> bool:
    needed = other.get("depends_on") or {}
    return isinstance(needed, Mapping) and (needed.get(name) or {}).get("condition") == _COMPLETED


def _replicas(service: Mapping[str, Any]) -> int:
    wanted = (service.get("deploy") or {}).get("replicas", service.get("scale"))
    return 1 if wanted is None else int(wanted)


def _has_health_check(service: Mapping[str, Any]) -> bool:
    check = service.get("healthcheck") or {}
    return bool(check) and not check.get("disable") and check.get("test") != ["NONE"]


def _label(service: Mapping[str, Any]) -> str:
    labels = service.get("labels") or {}
    return str(labels.get(ROLE_LABEL) or "") if isinstance(labels, Mapping) else ""


def _words(command: Any) -> list[str]:
    if isinstance(command, str):
        return [command]
    return [str(word) for word in command or []]
