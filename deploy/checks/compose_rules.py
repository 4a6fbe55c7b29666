"""Whether the compose file can be deployed without losing requests. Pure: reads the rendered file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.checks.service_port import service_port
from deploy.checks.side_by_side import side_by_side_problems
from deploy.model.containers import DEPLOYMENT_LABEL
from deploy.model.errors import BlockedError
from deploy.settings.schema import Settings


def compose_problems(config: Mapping[str, Any], settings: Settings) -> list[BlockedError]:
    """Every rule that the file breaks.

    Args:
        config: `docker compose config --format json`, all profiles.
    """
    services: Mapping[str, Any] = config.get("services", {})
    problems = [
        _problem(
            f"the compose file has no service {name!r}", f"add it, or set {variable} to the name of yours",
            "service-missing",
        )
        for name, variable in (
            (settings.app_service, "DEPLOY_APP_SERVICE"),
            (settings.edge_service, "DEPLOY_EDGE_SERVICE"),
            (settings.migration_service, "DEPLOY_MIGRATION_SERVICE"),
        )
        if name not in services
    ]
    if settings.app_service in services:
        problems += side_by_side_problems(services, settings)
        problems += _app_problems(settings.app_service, services[settings.app_service])
        if _has_own_edge(services, settings):
            problems += _port_problems(services[settings.app_service], settings)
    if settings.migration_service in services:
        problems += _migration_problems(settings.migration_service, services[settings.migration_service])
    return problems


def _app_problems(name: str, service: Mapping[str, Any]) -> list[BlockedError]:
    problems = []
    if not service.get("healthcheck") or service["healthcheck"].get("disable"):
        problems.append(
            _problem(
                f"service {name} has no health check in the compose file",
                "add one: without it a container that only runs would count as ready",
                "healthcheck-missing",
            )
        )
    if not service.get("init"):
        problems.append(
            _problem(
                f"service {name} has no `init: true`",
                "add it: a process that is PID 1 ignores SIGTERM until it installs a handler",
                "init-missing",
            )
        )
    for other, condition in service.get("depends_on", {}).items():
        if condition.get("condition") == "service_completed_successfully":
            problems.append(
                _problem(
                    f"service {name} depends on the completion of {other}",
                    "remove it: compose would stop the old application before it migrates",
                    "depends-on-completion",
                )
            )
    return problems


def _has_own_edge(services: Mapping[str, Any], settings: Settings) -> bool:
    """Whether the edge is the tool's, whose configuration the tool writes; a project's own says the port itself."""
    mounted = {str(volume.get("source")) for volume in (services.get(settings.edge_service) or {}).get("volumes") or ()}
    return str(settings.edge_directory) in mounted and settings.edge_directory.is_relative_to(settings.state_directory)


def _port_problems(service: Mapping[str, Any], settings: Settings) -> list[BlockedError]:
    if service_port(service, settings) is not None:
        return []
    return [
        _problem(
            f"it is not known on which port service {settings.app_service} listens: the compose file publishes none, "
            "or several", "set DEPLOY_APP_PORT", "app-port-unknown",
        )
    ]


def _migration_problems(name: str, service: Mapping[str, Any]) -> list[BlockedError]:
    problems = []
    if "migration" not in service.get("profiles", []):
        problems.append(
            _problem(
                f"service {name} is not in the profile `migration`",
                'add profiles: ["migration"], or a plain `up` would migrate',
                "migration-without-profile",
            )
        )
    words = _words(service.get("entrypoint")) + _words(service.get("command"))
    if "--autogenerate" in words or "revision" in words:
        problems.append(
            _problem(
                f"service {name} would write a new revision in production",
                'its command must be ["alembic", "upgrade", "head"]',
                "autogenerate-in-production",
            )
        )
    elif "upgrade" not in words:
        problems.append(
            _problem(
                f"service {name} does not run `alembic upgrade`",
                'its command must be ["alembic", "upgrade", "head"]',
                "migration-without-upgrade",
            )
        )
    if DEPLOYMENT_LABEL not in service.get("labels", {}):
        problems.append(
            _problem(
                f"service {name} has no label {DEPLOYMENT_LABEL}, by which the tool finds its container again",
                f'give it labels: {{{DEPLOYMENT_LABEL}: "${{DEPLOYMENT_ID:-manual}}"}}',
                "migration-without-label",
            )
        )
    return problems


def _words(command: Any) -> list[str]:
    if isinstance(command, str):
        return command.split()
    return [word for part in command or [] for word in str(part).split()]


def _problem(what: str, hint: str, reference: str) -> BlockedError:
    return BlockedError(what, hint=hint, reference=reference)
