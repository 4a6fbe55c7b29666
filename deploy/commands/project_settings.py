"""The settings of a project: what its people set, and else what its compose file says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.adapters.compose import render_files
from deploy.adapters.init.application import chosen_service
from deploy.checks.service_port import health_path_of, service_port_of
from deploy.model.errors import DeployError, UsageError
from deploy.project.in_image import settings_of_project
from deploy.settings.database_of_compose import database_url_of, secret_files_of
from deploy.settings.load import ComposeSays, load_settings
from deploy.settings.schema import Settings

DEFAULT_APP, DEFAULT_EDGE = "app", "edge"


def project_settings(
    project_directory: Path, overrides: Mapping[str, Any] | None = None, *, environment_name: str | None = None
) -> Settings:
    """See `load_settings`.

    Raises:
        UsageError: a setting is missing or wrong, or the compose file cannot be read where a setting should be in it.
    """
    return load_settings(
        project_directory, overrides, environment_name=environment_name, ask_compose=settings_of_compose
    )


def settings_of_compose(project_directory: Path, values: Mapping[str, Any]) -> ComposeSays:
    """What the compose file says: its name, the application's service, image, port and database.

    Args:
        values: what was set, by variable.

    Raises:
        UsageError: the file cannot be read, and the database is not set elsewhere.
    """
    config = _rendered(project_directory, values)
    services: Mapping[str, Any] = config.get("services") or {}
    name = str(values.get("DEPLOY_APP_SERVICE") or "") or _application(services)
    app: Mapping[str, Any] = services.get(name) or {}
    if not app:
        return ComposeSays()
    environment = {key: _plain(value) for key, value in (app.get("environment") or {}).items() if value is not None}
    found = {
        "PROJECT": str(config.get("name") or ""), "DEPLOY_APP_SERVICE": name,
        "DEPLOY_HEALTH_PATH": health_path_of(app), **settings_of_project(project_directory, app),
    }
    if not values.get("GITHUB_REPOSITORY"):
        built = f"{values.get('PROJECT') or config.get('name')}-{name}"  # as Compose names what it builds
        found["IMAGE_REPOSITORY"] = _repository(str(app.get("image") or "")) or built
    if url := database_url_of(environment, secret_files_of(config, name)):
        found["DATABASE_URL"] = url[0]
    if str(values.get("DEPLOY_EDGE_SERVICE") or DEFAULT_EDGE) not in services:
        found |= _published(app, values)
    return ComposeSays({key: value for key, value in found.items() if value}, environment)


def _rendered(project_directory: Path, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Empty where it cannot be rendered and is not needed for the database."""
    files = str(values["DEPLOY_COMPOSE_FILES"]).split(":")
    try:
        return render_files(project_directory, files)
    except UsageError as error:
        # What is missing is named by the setting; a broken file would be told as a missing setting.
        if error.reference == "compose-file-invalid" and not values.get("DATABASE_URL"):
            raise
        return {}
    except DeployError:
        return {}


def _application(services: Mapping[str, Any]) -> str:
    return DEFAULT_APP if DEFAULT_APP in services else chosen_service(services)


def _repository(image: str) -> str:
    """Without tag and digest; a port in the registry's name is no tag."""
    name = image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name


def _published(app: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """The address at which users know the application, which the edge of the tool's own takes over."""
    if values.get("EDGE_PORT"):
        return {}
    port = service_port_of(app)
    ports = [p for p in app.get("ports") or () if p.get("target") == port and str(p.get("published") or "").isdigit()]
    if len(ports) != 1:
        return {}
    return {"EDGE_PORT": str(ports[0]["published"]), "EDGE_BIND": str(ports[0].get("host_ip") or "0.0.0.0")}  # noqa: S104


def _plain(value: Any) -> str:
    """As the container gets it: in a rendered file every `$` is written twice."""
    return str(value).replace("$$", "$")
