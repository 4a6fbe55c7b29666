"""Where production's database is, and how this machine reaches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import docker

from deploy.adapters.compose import DockerCompose
from deploy.adapters.engine import connect
from deploy.adapters.postgres.address import DatabaseAddress, parse_database_url
from deploy.adapters.postgres.container_names import FileNames, names_of_file
from deploy.adapters.postgres.container_route import routed
from deploy.adapters.postgres.server_containers import containers_of, is_one_server
from deploy.commands.preflight import placeholders
from deploy.model.compose_overlay import IMAGE_PROBE
from deploy.model.errors import DeployError
from deploy.settings.schema import Settings


def production_address(settings: Settings) -> DatabaseAddress:
    """As the settings have it; a container's name leads to the container.

    Raises:
        UsageError: the URL cannot be read.
    """
    address = parse_database_url(settings.host_database_url, settings.host_database_source)
    return with_route(settings, address, is_from_here=settings.deploy_database_url is not None)


def with_route(settings: Settings, address: DatabaseAddress, *, is_from_here: bool) -> DatabaseAddress:
    """An address whose host may be a name in the project's networks.

    Args:
        is_from_here: it was written for this machine: what this machine knows goes before a container.
    """
    return routed(
        address, settings.database_container, settings.project_name, lambda: _file_names(settings),
        is_from_here=is_from_here, compose_command=settings.compose_command,
    )


def server_containers(
    client: docker.DockerClient, settings: Settings, address: DatabaseAddress
) -> Sequence[Mapping[str, str]]:
    """Running containers that are the server."""
    return containers_of(
        client, address, settings.database_container, settings.project_name, lambda: _file_names(settings)
    )


def is_productions_server(settings: Settings, address: DatabaseAddress) -> bool:
    """Whether this leads to production's server, whatever either calls it; what cannot be seen is told by the names."""
    production = production_address(settings)
    if (production.machine, production.port) == (address.machine, address.port):
        return True
    if production.route is None:
        return False
    try:
        if _reached(production) == _reached(address):
            return True
        with closing(connect()) as client:
            return is_one_server(client, production, address, settings.project_name, lambda: _file_names(settings))
    except DeployError:
        return False


def _reached(address: DatabaseAddress) -> tuple[str, int]:
    host, port = address.reached()
    return replace(address, host=host, port=port, route=None).machine, port


def _file_names(settings: Settings) -> FileNames:
    """What the project's own files call its containers."""
    compose = DockerCompose(
        settings.project_name, settings.project_directory, settings.compose_files, settings.compose_environment(),
        settings.secrets(), settings.compose_env_file,
    )
    return names_of_file(compose.config({**placeholders(), "APP_IMAGE": IMAGE_PROBE}))
