"""The edge and the migration of the tool's own, for a compose file that has none; and the edge's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.adapters.init.templates import render_template
from deploy.model.compose_overlay import OwnServices
from deploy.model.edge_routes import routes_in, with_routes
from deploy.model.errors import BlockedError, UsageError
from deploy.model.routes import RoutedService

CONFIGURATION = "haproxy.cfg"
EDGE_FILES = (CONFIGURATION, "flags.map", "maintenance-allow.lst", "maintenance.html")
# What a person or `maintenance on` may have changed stays.
KEPT_FILES = frozenset({"flags.map", "maintenance-allow.lst", "maintenance.html"})


def own_services(project: str, app_service: str, port: int, health_path: str, configuration: Path) -> OwnServices:
    """As `init` writes them.

    Raises:
        UsageError: a name holds a character that cannot stand in these files.
    """
    values = _values(app_service, port, health_path)
    values |= {"project": project, "migration_words": '["alembic", "upgrade"]'}  # whose own words take their place
    services: dict[str, Any] = yaml.safe_load(_rendered("project/docker-compose.prod.yml", values))["services"]
    return OwnServices(
        edge=services["edge"], migration=services["migration"], health_check=services[app_service]["healthcheck"],
        configuration=str(configuration),
    )


def edge_configuration(
    app_service: str, port: int, health_path: str, routed: Sequence[RoutedService] = ()
) -> str:
    """What the edge reads.

    Args:
        app_service: by which it finds the application.
        routed: the web services beside it.
    """
    return with_routes(_rendered(f"project/edge/{CONFIGURATION}", _values(app_service, port, health_path)), routed)


def write_edge_configuration(directory: Path, configuration: str) -> None:
    """The folder that the edge mounts; what is there of a person's stays.

    One that leads elsewhere than the present one is left to a deployment: it is a step of its own.

    Raises:
        BlockedError: it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o755)
        for name in EDGE_FILES:
            path = directory / name
            text = configuration if name == CONFIGURATION else _rendered(f"project/edge/{name}", {})
            if path.exists() and (name in KEPT_FILES or not _may_replace(path.read_text(encoding="utf-8"), text)):
                continue
            part = directory / f".{name}.part"
            part.write_text(text, encoding="utf-8")
            part.chmod(0o644)  # read by the edge's own user
            part.rename(path)
    except OSError as error:
        raise BlockedError(
            f"{directory} cannot be written: {error.strerror}", hint="whose is the directory, and is the disk full?",
            reference="state-not-writable",
        ) from None


def _may_replace(present: str, text: str) -> bool:
    return present != text and routes_in(present) == routes_in(text)


def _values(app_service: str, port: int, health_path: str) -> dict[str, str]:
    return {"app_service": app_service, "port": str(port), "health_path": health_path}


def _rendered(name: str, values: dict[str, str]) -> str:
    try:
        return render_template(name, values)
    except ValueError as error:
        raise UsageError(
            str(error), hint="rename it, or write edge/ by hand: docs/commands/init.md", reference="init-bad-name"
        ) from None
