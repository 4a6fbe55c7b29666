"""What a deployment's migration will find around it, for the check that tries it first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.model.containers import ServiceGround
from deploy.settings.database_of_compose import DATABASE_URL, secret_files_of
from deploy.settings.schema import Settings


def migration_ground(config: Mapping[str, Any], settings: Settings) -> ServiceGround:
    """Environment, files, working directory and user of the service that migrates, or else of the application's.

    DATABASE_URL is left out: whatever is asked here has no network, and is led to a scratch server or to none.

    Args:
        config: `docker compose config --format json`.
    """
    services: Mapping[str, Any] = config.get("services") or {}
    name = settings.migration_service if settings.migration_service in services else settings.app_service
    service: Mapping[str, Any] = services.get(name) or {}
    given: Mapping[str, Any] = service.get("environment") or {}
    return ServiceGround(
        environment={
            key: str(value).replace("$$", "$") for key, value in given.items()
            if value is not None and key != DATABASE_URL
        },
        files={inside: here for inside, here in secret_files_of(config, name).items() if _is_readable(here)},
        working_directory=str(service.get("working_dir") or ""),
        user=str(service.get("user") or ""),
    )


def _is_readable(path: Path) -> bool:
    """A file or a directory that is there: Docker would make one that is missing, and a socket leads out."""
    return path.is_file() or path.is_dir()
