"""Which running containers are the database server: by a setting, by the port they publish, by address or by name."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

import docker

from deploy.adapters.engine import translated
from deploy.adapters.postgres.address import DEFAULT_PORT, LOOPBACK, DatabaseAddress, is_name
from deploy.adapters.postgres.container_names import FileNames, Row, bearers, name_of, networks_of

GATEWAY_NAMES = {"host.docker.internal", "gateway.docker.internal"}
# What stands for every address -> the one of them that this machine has in any case.
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not listened on


def containers_of(
    client: docker.DockerClient, address: DatabaseAddress, container_name: str | None, project_name: str = "",
    file_names: Callable[[], FileNames] | None = None,
) -> Sequence[Mapping[str, str]]:
    """Id, name, image and inner port of each.

    Args:
        container_name: the one that a setting names; then no other is looked at.
        project_name / file_names: see `bearers`.
    """
    with translated():
        rows = client.api.containers()
    by_name: Sequence[Row] = ()
    if container_name is None and is_name(address.host) and address.host not in GATEWAY_NAMES:
        by_name = bearers(client, rows, address.host, project_name, file_names)
    found = []
    for row in rows:
        port = address.port if row in by_name else _inner_port(row, address)
        if is_named(row, container_name) or (container_name is None and port is not None):
            inner = port or _published(row, address.port) or DEFAULT_PORT
            found.append({"id": row["Id"], "name": name_of(row), "port": str(inner), "image": row["ImageID"]})
    return found


def is_one_server(
    client: docker.DockerClient, one: DatabaseAddress, other: DatabaseAddress, project_name: str,
    file_names: Callable[[], FileNames] | None = None,
) -> bool:
    """Whether both lead to one container, whatever each calls it: a published port, an address, a name."""
    ids = [
        {container["id"] for container in containers_of(client, address, None, project_name, file_names)}
        for address in (one, other)
    ]
    return bool(ids[0] & ids[1])


def is_named(row: Row, container_name: str | None) -> bool:
    """Whether a setting names this container, by its name or its id."""
    return container_name in {name_of(row), row["Id"][:12], row["Id"]}


def published_for(row: Row, inner_port: int) -> tuple[str, int] | None:
    """Address and port of the engine's machine behind which this port of the container is; None where there is none."""
    found = []
    for item in row.get("Ports") or ():
        if item.get("PrivatePort") == inner_port and item.get("PublicPort") and item.get("Type", "tcp") == "tcp":
            place = str(item.get("IP") or "")
            is_near = place in LOOPBACK or place in EVERY_ADDRESS
            found.append((":" in place, not is_near, place, int(item["PublicPort"])))
    return min(found)[2:] if found else None


def _inner_port(row: Row, address: DatabaseAddress) -> int | None:
    """The server's port inside, where this container is at the address or behind the port; None where it is not."""
    if address.host in {network.get("IPAddress") for network in networks_of(row).values()}:
        return address.port
    return _published(row, address.port, address.host)


def _published(row: Row, port: int, host: str = "") -> int | None:
    """The inner port behind a published one, where it is published on this host's address."""
    for item in row.get("Ports") or ():
        if item.get("PublicPort") == port and (not host or _is_reached_by(host, str(item.get("IP") or ""))):
            return int(item["PrivatePort"])
    return None


def _is_reached_by(host: str, published_on: str) -> bool:
    if host in LOOPBACK:
        return published_on in EVERY_ADDRESS or published_on in LOOPBACK
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
