"""The application's service and the edge's check, read from the rendered compose file and haproxy.cfg."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from deploy.model.compose_look import ComposeLook
from deploy.settings.schema import Settings

EDGE_CONFIGURATION = "haproxy.cfg"
# Docker's own, where the file says nothing.
DEFAULT_INTERVAL, DEFAULT_TIMEOUT, DEFAULT_RETRIES = "30s", "30s", 3
_PART = re.compile(r"(?P<number>[0-9.]+)(?P<unit>ns|us|µs|ms|h|m|s)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SERVERS = re.compile(
    r"^\s*server(?:-template\s+\S+\s+\S+|\s+\S+)\s+(?P<host>[^\s:]+):(?P<port>\d+)\b.*\bcheck\b", re.MULTILINE
)
_CHECK = re.compile(
    r"^\s*(?:option\s+httpchk\s+(?:GET\s+)?|http-check\s+send\b.*\buri\s+)(?P<path>/\S*)", re.MULTILINE
)


def look_at_compose(config: Mapping[str, Any], settings: Settings, laid_over: tuple[str, ...] = ()) -> ComposeLook:
    """What the plan, the trial of a release and the switch must know of it.

    Args:
        config: `docker compose config --format json`.
        laid_over: what is otherwise than in the project's own file.
    """
    service: Mapping[str, Any] = config.get("services", {}).get(settings.app_service) or {}
    health: Mapping[str, Any] = service.get("healthcheck") or {}
    interval = seconds_of(str(health.get("interval") or DEFAULT_INTERVAL))
    retries = int(health.get("retries") or DEFAULT_RETRIES)
    names = {settings.app_service, settings.edge_alias}
    port, path = _edge_check(settings.edge_directory / EDGE_CONFIGURATION, names)
    test = health.get("test") or ()
    return ComposeLook(
        health_test=("CMD-SHELL", test) if isinstance(test, str) else tuple(str(word) for word in test),
        health_timeout_seconds=seconds_of(str(health.get("timeout") or DEFAULT_TIMEOUT)),
        start_limit_seconds=seconds_of(str(health.get("start_period") or "0s")) + interval * retries,
        mount_targets=tuple(sorted(str(volume["target"]) for volume in service.get("volumes") or ())),
        path_variable=str((service.get("environment") or {}).get("PATH") or ""),
        edge_port=port, edge_health_path=path, laid_over=laid_over, config=config,
    )


def start_limit_warning(look: ComposeLook, settings: Settings) -> str:
    """Where the compose file ends a slow start before the setting would; empty where it does not.

    Only where somebody chose the setting: its default is no promise.
    """
    chosen, limit = settings.start_timeout_seconds, look.start_limit_seconds
    if "start_timeout_seconds" not in settings.model_fields_set or chosen <= limit:
        return ""
    return (
        f"DEPLOY_START_TIMEOUT_SECONDS is {chosen:.0f}, but the health check of service {settings.app_service} gives "
        f"up after {limit:.0f} s (start_period + retries x interval): raise its start_period, or the setting has no "
        "effect"
    )


def seconds_of(duration: str) -> float:
    """`1m30s` as seconds; a duration that cannot be read is none (Compose has checked it before)."""
    return sum(float(part["number"]) * _SECONDS[part["unit"]] for part in _PART.finditer(duration))


def _edge_check(path: Path, names: Collection[str]) -> tuple[int | None, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None, ""
    ports = {int(found["port"]) for found in _SERVERS.finditer(text) if found["host"] in names}
    paths = {found["path"] for found in _CHECK.finditer(text)}
    return (ports.pop() if len(ports) == 1 else None), (paths.pop() if len(paths) == 1 else "")
