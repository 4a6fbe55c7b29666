"""Where migrations come from, for the check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.adapters.compose import render_files
from deploy.adapters.init.application import chosen_service
from deploy.commands.preflight import placeholders
from deploy.model.check_request import MigrationSource
from deploy.model.containers import ServiceGround
from deploy.model.doors import Compose, World
from deploy.model.errors import DeployError
from deploy.project.service_ground import migration_ground
from deploy.project.variables import without_servers, without_set
from deploy.settings.database_of_compose import secret_files_of
from deploy.settings.load import compose_files_of, read_variable
from deploy.settings.migration_words import entry_words
from deploy.settings.schema import Settings

MIGRATES = re.compile(r"migrat|prestart")


def image_source(world: World, settings: Settings, image_id: str) -> MigrationSource:
    """The project inside the release's image, with what its env.py is given in production."""
    ground = ground_of(world.compose, settings)
    environment = {} if "ENVIRONMENT" in ground.environment else {"ENVIRONMENT": settings.environment}
    database_url = settings.database_url.get_secret_value()
    return MigrationSource(
        image_id=image_id, ini_path=settings.alembic_ini, environment=environment, ground=ground,
        entry=entry_words(settings.migration_command),
        scheme=scheme_of(database_url), has_percent="%" in database_url,
    )


def ground_of(compose: Compose, settings: Settings) -> ServiceGround:
    """What the compose service that migrates gives its container; nothing where the file is broken: that is told."""
    try:
        return migration_ground(compose.config(placeholders()), settings)
    except DeployError:
        return ServiceGround()


@dataclass(frozen=True)
class ComposeVariables:
    """What a compose file gives one service.

    Attributes:
        values: files of secrets and configs by their path on this machine.
    """

    service: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


def variables_of_compose(project_directory: Path) -> ComposeVariables:
    """Of the service that migrates, or the application's; nothing where no file can be rendered."""
    names = read_variable(project_directory, "DEPLOY_COMPOSE_FILES") or compose_files_of(project_directory)
    try:
        config = render_files(project_directory, names.split(":"))
    except DeployError:
        return ComposeVariables()
    services: Mapping[str, Any] = config.get("services") or {}
    wanted = read_variable(project_directory, "DEPLOY_APP_SERVICE") or chosen_service(services)
    service = next((name for name in services if MIGRATES.search(name)), wanted)
    given = ((services.get(service) or {}).get("environment")) or {}
    files = secret_files_of(config, service)
    values = {name: _here(str(value).replace("$$", "$"), files) for name, value in given.items() if value is not None}
    return ComposeVariables(service, without_set(without_servers(values)))


def _here(value: str, files: Mapping[str, Path]) -> str:
    """A path of the container's as it is on this machine; any other value as it is."""
    return str(files[value]) if value in files else value


def scheme_of(database_url: str) -> str:
    """`postgresql+asyncpg`: which driver the project wants; empty where there is no URL of PostgreSQL."""
    scheme, separator, _ = database_url.partition("://")
    return scheme if separator and scheme.startswith("postgresql") else ""
