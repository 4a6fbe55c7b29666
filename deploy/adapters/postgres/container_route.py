"""Where this machine reaches a database whose host is a name that only containers know.

On Linux an engine's bridges are interfaces of its machine, so each container's own address is reached from here without
a published port. It is asked for at every connect: a container that was started again may have another one.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import docker

from deploy.adapters.engine import LazyClient, socket_name, translated
from deploy.adapters.postgres.address import LOOPBACK, DatabaseAddress, is_name
from deploy.adapters.postgres.container_names import (
    PROJECT_LABEL,
    FileNames,
    Row,
    bearers,
    is_called,
    is_one_off,
    name_of,
    networks_of,
)
from deploy.adapters.postgres.server_containers import EVERY_ADDRESS, GATEWAY_NAMES, is_named, published_for
from deploy.model.errors import DATABASE, BlockedError, DeployError

ENGINE_SECONDS = 5.0
INTERFACES = Path("/sys/class/net")
BRIDGE_NAME = "com.docker.network.bridge.name"
SHORT_ID = 12
Answer = TypeVar("Answer")


def routed(
    address: DatabaseAddress, container_name: str | None, project_name: str, file_names: Callable[[], FileNames],
    *, is_from_here: bool = False, compose_command: str = "docker compose",
) -> DatabaseAddress:
    """The same address, with its way where its host is a name.

    Args:
        container_name: the server's, where a setting names it.
        project_name / file_names: see `bearers`.
        is_from_here: it was written for this machine, and not for the application's containers: a name that this
            machine knows is taken as it is.
        compose_command: what an operator types for this project, for hints.
    """
    if not is_name(address.host):
        return address
    route = ContainerRoute(
        address, LazyClient(ENGINE_SECONDS), container_name, project_name, file_names, is_from_here=is_from_here,
        compose_command=compose_command,
    )
    return replace(address, route=route.find)


class ContainerRoute:
    """The way to one address; connections ask for it from several threads.

    Args:
        client: the engine; it is not asked for a name with a dot that this machine knows.
        container_name, project_name, file_names, is_from_here, compose_command: as of `routed`.
    """

    def __init__(
        self, address: DatabaseAddress, client: docker.DockerClient, container_name: str | None, project_name: str,
        file_names: Callable[[], FileNames], *, is_from_here: bool = False, compose_command: str = "docker compose",
    ) -> None:
        self._address = address
        self._client = client
        self._container_name = container_name
        self._project_name = project_name
        self._ask_file = file_names
        self._names_of_file: FileNames | None = None
        self._is_from_here = is_from_here
        self._compose_command = compose_command
        self._is_host = False
        self._lock = threading.Lock()

    def find(self) -> tuple[str, int]:
        """Host and port, now.

        Raises:
            BlockedError: the name is of no running container and unknown here, or this machine cannot reach it.
        """
        with self._lock:
            return self._find()

    def _find(self) -> tuple[str, int]:
        host, port = self._address.host, self._address.port
        if host in GATEWAY_NAMES:
            return (host if _is_known_here(host) else "127.0.0.1"), port
        # What is a host once is not asked about again: a look at the engine at every connect would be for nothing.
        self._is_host = self._is_host or (("." in host or self._is_from_here) and _is_known_here(host))
        if self._is_host:
            return host, port
        try:
            return self._in_a_container()
        except DeployError as error:
            if error.away != DATABASE and _is_known_here(host):
                return host, port  # in a container of the same network, say, or with an engine that is elsewhere
            raise

    def _in_a_container(self) -> tuple[str, int]:
        """The way to the one container that bears the name; a host's name is no container's.

        Raises:
            DeployError: there is none, or no way to it.
        """
        host, port = self._address.host, self._address.port
        found = self._asked(self._containers)
        if len(found) == 1 and (reached := self._asked(lambda: self._reached(found[0]))):
            return reached
        stopped = () if found else self._asked(self._stopped)
        if not found and not stopped and _is_known_here(host):
            self._is_host = True
            return host, port
        raise self._problem(found, stopped)

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        """The engine's answer.

        Raises:
            DeployError: it does not answer, and what is therefore not known.
        """
        try:
            with translated():
                return question()
        except DeployError as error:
            raise BlockedError(
                f"the database {self._address.place} may be in a container, and {error.what}", hint=error.hint,
                reference=error.reference, away=error.away,
            ) from None

    def _containers(self) -> Sequence[Row]:
        """Those that bear the name; where none does, the one that a setting names."""
        rows = self._client.api.containers()
        found = bearers(self._client, rows, self._address.host, self._project_name, self._file_names)
        return found or [row for row in rows if is_named(row, self._container_name)]

    def _file_names(self) -> FileNames:
        if self._names_of_file is None:
            self._names_of_file = self._ask_file()
        return self._names_of_file

    def _reached(self, row: Row) -> tuple[str, int] | None:
        """Its own address where this machine is in the network, else the port that it publishes."""
        for end in networks_of(row).values():
            for address, length in (("IPAddress", "IPPrefixLen"), ("GlobalIPv6Address", "GlobalIPv6PrefixLen")):
                place = str(end.get(address) or "")
                if place and self._is_ours(end) and _is_neighbour(place, int(end.get(length) or 0)):
                    return place, self._address.port
        if "host" in networks_of(row):
            return _from_here("", self._address.port)
        published = published_for(row, self._address.port)
        return _from_here(*published) if published else None

    def _is_ours(self, end: Mapping[str, Any]) -> bool:
        """Whether the network's bridge is an interface of this machine.

        Of a rootless engine, of one in a virtual machine and of one far away it is not, even where an address of such a
        network is one of a network here, too.
        """
        network_id = str(end.get("NetworkID") or "")
        if not network_id:
            return False
        if (INTERFACES / f"br-{network_id[:SHORT_ID]}").exists():
            return True
        name = (self._client.api.inspect_network(network_id).get("Options") or {}).get(BRIDGE_NAME)
        return bool(name) and (INTERFACES / str(name)).exists() and _is_of_this_machine(self._client.api.info())

    def _problem(self, found: Sequence[Row], stopped: Sequence[Row]) -> BlockedError:
        """What to say where there is no way."""
        host, port, place = self._address.host, self._address.port, self._address.place
        if len(found) > 1:
            return BlockedError(
                f"the database {place} may be in {len(found)} containers: "
                f"{', '.join(sorted(name_of(row) for row in found))}",
                hint="name the right one's address, as seen from this machine, in DEPLOY_DATABASE_URL",
                reference="database-in-several-containers",
            )
        if found and found[0].get("State") == "running":
            return BlockedError(
                f"the database {place} is in the container {name_of(found[0])}, whose network this machine is not in "
                f"(the Docker engine is rootless, in a virtual machine or elsewhere), and it publishes no port {port}",
                hint=f'give its service `ports: ["127.0.0.1:{port}:{port}"]` in the compose file and start it again, '
                "or name the way from this machine in DEPLOY_DATABASE_URL",
                reference="database-container-unreachable",
            )
        if found or stopped:
            name = name_of((*found, *stopped)[0])
            hint = f"docker logs {name}, then docker start {name}; remove it if the database is somewhere else by now"
            return self._away(f"its container {name} does not run", hint)
        return self._away(
            f"no container of project {self._project_name} is called {host}, and this machine does not know the name",
            f"{self._compose_command} up -d {host}, where it is a service of the compose file; else name the way from "
            "this machine in DEPLOY_DATABASE_URL",
        )

    def _stopped(self) -> Sequence[Row]:
        """The project's own of this name that does not run."""
        filters = {"label": f"{PROJECT_LABEL}={self._project_name}"}
        rows = self._client.api.containers(all=True, filters=filters)
        return [row for row in rows if is_called(row, self._address.host) and not is_one_off(row)]

    def _away(self, why: str, hint: str) -> BlockedError:
        return BlockedError(
            f"the database {self._address.place} does not answer: {why}", hint=hint, reference="database-unreachable",
            away=DATABASE,
        )


def _is_known_here(host: str) -> bool:
    """Whether this machine finds an address for the name."""
    try:
        return bool(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return False


def _is_neighbour(place: str, prefix_length: int) -> bool:
    """Whether this machine would speak to the address from one in the same network; nothing is sent."""
    family = socket.AF_INET6 if ":" in place else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
            probe.connect((place, 9))
            own = str(probe.getsockname()[0])
        return ip_address(own) in ip_network(f"{place}/{prefix_length}", strict=False)
    except (OSError, ValueError):
        return False


def _is_of_this_machine(info: Mapping[str, Any]) -> bool:
    """Whether the engine is here, and its interfaces are the machine's own."""
    is_rootless = any("rootless" in str(option) for option in info.get("SecurityOptions") or ())
    return not is_rootless and info.get("Name") == socket.gethostname()


def _from_here(published_on: str, port: int) -> tuple[str, int] | None:
    """A published port as this machine reaches it; None where it is another machine's own loopback."""
    engine = urlsplit(socket_name()).hostname or ""
    if not engine or engine in LOOPBACK:
        return EVERY_ADDRESS.get(published_on, published_on), port
    if published_on in EVERY_ADDRESS:
        return engine, port
    return None if published_on in LOOPBACK else (published_on, port)
