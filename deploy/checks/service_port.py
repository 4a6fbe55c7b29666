"""On which port the application listens inside its container, and by which path it tells its health. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from deploy.settings.schema import Settings

# Gunicorn's and Uvicorn's; only ever said together with the question.
DEFAULT_PORT = 8000
_URL = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(?P<port>\d+)(?P<path>/[\w./~%-]*)?"
)


def service_port(service: Mapping[str, Any], settings: Settings) -> int | None:
    """The setting; else what the file says.

    Args:
        service: the application's, of `docker compose config --format json`.
    """
    return settings.app_port if settings.app_port is not None else service_port_of(service)


def service_port_of(service: Mapping[str, Any]) -> int | None:
    """Where the file says one only: published, asked by its health check, or exposed."""
    asked = {int(found["port"]) for found in _URL.finditer(_check_of(service))}
    published = {int(port["target"]) for port in service.get("ports") or () if isinstance(port, Mapping)}
    exposed = {int(str(port).partition("/")[0]) for port in service.get("expose") or () if str(port)[:1].isdigit()}
    return next((found.pop() for found in (published, asked, exposed) if len(found) == 1), None)


def health_path_of(service: Mapping[str, Any]) -> str:
    """The path that the file's own health check asks; empty where it asks none, or several."""
    paths = {found["path"] or "" for found in _URL.finditer(_check_of(service))}
    return paths.pop() if len(paths) == 1 else ""


def _check_of(service: Mapping[str, Any]) -> str:
    check = (service.get("healthcheck") or {}).get("test") or ""
    return check if isinstance(check, str) else " ".join(map(str, check))
