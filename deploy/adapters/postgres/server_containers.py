"""Which running containers are the database server: by a setting, by the port they publish, by address or by name."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import docker

from deploy.adapters.engine import translated
from deploy.adapters.postgres.address import DEFAULT_PORT, LOOPBACK, DatabaseAddress

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
GATEWAY_NAMES = {"host.docker.internal", "gateway.docker.internal"}
EVERY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not listened on


def containers_of(
    client: docker.DockerClient, address: DatabaseAddress, container_name: str | None, project_name: str = ""
) -> Sequence[Mapping[str, str]]:
    """Id, name, image and inner port of each.

    Args:
        container_name: the one that a setting names; then no other is looked at.
        project_name: the compose project in whose networks a service's name means something; empty: none.
    """
    with translated():
        rows = client.api.containers()
    networks = {name for row in rows if _label(row, PROJECT_LABEL) == project_name for name in _networks(row)}
    found = []
    for row in rows:
        is_named = container_name in {_name(row), row["Id"][:12], row["Id"]}
        port = _inner_port(row, address, networks if project_name else set())
        if is_named or (container_name is None and port is not None):
            inner = port or _published(row, address.port) or DEFAULT_PORT
            found.append({"id": row["Id"], "name": _name(row), "port": str(inner), "image": row["ImageID"]})
    return found


def _inner_port(row: Mapping[str, Any], address: DatabaseAddress, networks: set[str]) -> int | None:
    """The server's port inside, where this container is at the address; None where it is not."""
    if address.host in {network.get("IPAddress") for network in _networks(row).values()}:
        return address.port
    is_near = bool(networks & set(_networks(row)))
    if address.host == _name(row) or (is_near and address.host == _label(row, SERVICE_LABEL)):
        return address.port
    return _published(row, address.port, address.host)


def _published(row: Mapping[str, Any], port: int, host: str = "") -> int | None:
    """The inner port behind a published one, where it is published on this host's address."""
    for item in row.get("Ports") or ():
        if item.get("PublicPort") == port and (not host or _is_reached_by(host, str(item.get("IP") or ""))):
            return int(item["PrivatePort"])
    return None


def _is_reached_by(host: str, published_on: str) -> bool:
    if host in LOOPBACK:
        return published_on in EVERY_ADDRESS | LOOPBACK
    if host in GATEWAY_NAMES:
        return published_on not in LOOPBACK
    return published_on == host or (published_on in EVERY_ADDRESS and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    """Whether one of this machine's own addresses bears the name: only those can be bound."""
    try:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True


def _networks(row: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return (row.get("NetworkSettings") or {}).get("Networks") or {}


def _name(row: Mapping[str, Any]) -> str:
    return str(row["Names"][0]).lstrip("/")


def _label(row: Mapping[str, Any], label: str) -> str:
    return str((row.get("Labels") or {}).get(label, ""))
