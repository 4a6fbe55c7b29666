"""Which running container a name leads to inside the project's networks, as the application's containers have it.

A name is a container's own, its service's, or an alias in a network. Another project's container bears it only where
this project has nothing of that name: two projects with a service `db` in one network are usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import NotFound

from deploy.adapters.engine import translated
from deploy.model.errors import DeployError

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
ONE_OFF_LABEL = "com.docker.compose.oneoff"
# One container, as the engine lists it.
Row = Mapping[str, Any]


@dataclass(frozen=True)
class FileNames:
    """What the project's compose file calls its own, running or not.

    Attributes:
        names: services, container names and aliases.
        networks: as the engine knows them, those of other projects that are joined included.
    """

    names: frozenset[str] = frozenset()
    networks: frozenset[str] = frozenset()


def names_of_file(config: Mapping[str, Any]) -> FileNames:
    """The names in a rendered file.

    Args:
        config: `docker compose config --format json`, all profiles.
    """
    networks = {str((network or {}).get("name") or key) for key, network in (config.get("networks") or {}).items()}
    return FileNames(frozenset(_names_in(config.get("services") or {})), frozenset(networks))


def _names_in(services: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, service in services.items():
        yield name.lower()
        yield str(service.get("container_name") or name).lower()
        joined = service.get("networks") or {}
        for network in joined.values() if isinstance(joined, Mapping) else ():
            yield from (str(alias).lower() for alias in (network or {}).get("aliases") or ())


def bearers(
    client: docker.DockerClient, rows: Sequence[Row], name: str, project_name: str,
    file_names: Callable[[], FileNames] | None = None,
) -> Sequence[Row]:
    """The running containers that bear this name: the project's own, else another's in its networks.

    Args:
        rows: all running containers.
        project_name: the compose project in whose networks a name means something; empty: in none.
        file_names: asked only where another project's container bears the name, and nothing of this project does; None:
            not known, and then one is taken that bears it itself, or by its service in a network of the project.
    """
    whole = [row for row in rows if not is_one_off(row)]
    own = [row for row in whole if project_name and label_of(row, PROJECT_LABEL) == project_name]
    found = [row for row in own if is_called(row, name)]
    found = found or [row for row in own if name.lower() in _aliases(client, row)]
    if found:
        return found
    near = {network for row in own for network in networks_of(row)}
    others = [row for row in whole if row not in own and is_called(row, name)]
    if file_names is None:
        return [row for row in others if name_of(row).lower() == name.lower() or near & set(networks_of(row))]
    return _of_others(others, name, near, file_names) if others else ()


def _of_others(
    others: Sequence[Row], name: str, near: set[str], file_names: Callable[[], FileNames]
) -> Sequence[Row]:
    """Those in a network of the project, where its file has nothing of this name; none where it cannot be read."""
    try:
        file = file_names()
    except DeployError:
        return ()
    if name.lower() in file.names:
        return ()
    return [row for row in others if (near | file.networks) & set(networks_of(row))]


def is_called(row: Row, name: str) -> bool:
    """Whether it is the container's own name, or its service's; the engine's resolver knows no upper case."""
    return name.lower() in {name_of(row).lower(), label_of(row, SERVICE_LABEL).lower()}


def is_one_off(row: Row) -> bool:
    """Whether `docker compose run` made it: it has its service's label and image, and nobody reaches it by its name."""
    return label_of(row, ONE_OFF_LABEL).lower() == "true"


def name_of(row: Row) -> str:
    """The container's own."""
    return str(row["Names"][0]).lstrip("/")


def networks_of(row: Row) -> Mapping[str, Mapping[str, Any]]:
    """Name of the network -> its end in the container."""
    return (row.get("NetworkSettings") or {}).get("Networks") or {}


def label_of(row: Row, label: str) -> str:
    """Empty where it bears none."""
    return str((row.get("Labels") or {}).get(label, ""))


def _aliases(client: docker.DockerClient, row: Row) -> set[str]:
    """Of all its networks; only an inspection tells them."""
    with translated():
        try:
            found = client.api.inspect_container(row["Id"])
        except NotFound:
            return set()
    ends = networks_of(found).values()
    return {str(alias).lower() for end in ends for key in ("Aliases", "DNSNames") for alias in end.get(key) or ()}
