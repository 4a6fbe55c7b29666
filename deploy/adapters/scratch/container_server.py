"""The scratch server from a database image on this machine: production's own version, its own extensions."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container

from deploy.adapters.helpers import OWNER_LABEL, is_owner_gone, owner_word
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import (
    ID_QUESTION,
    LOG_NAME,
    NO_SETTINGS,
    POLL_SECONDS,
    START_SECONDS,
    ScratchServer,
    is_held,
    is_ready,
    not_started,
    scratch_directory,
    server_words,
)

LABEL = "surefoot.scratch"
REMOVE_SECONDS = 10
# A user that every base image knows: initdb wants a name for its uid, and refuses root.
NOBODY = 65534
_VERSION = re.compile(r"\(PostgreSQL\) (?P<version>(?P<major>\d+)\S*)")
# Built by scripts/build-base-image.sh. Images of others are never looked into: production's rows would go there.
OWN_IMAGES = ("surefoot/base-postgres:bookworm",)
START = """
PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1):/usr/local/bin"
initdb -D "$0/data" -U {user} -A trust -E UTF8 --locale=C --no-sync >"$0/{log}" 2>&1 &&
exec postgres -D "$0/data" "$@" >"$0/{log}" 2>&1
"""


@dataclass(frozen=True)
class ServerImage:
    """A local image that holds a PostgreSQL server."""

    image_id: str
    name: str
    version: str
    major: int

    @property
    def label(self) -> str:
        """`PostgreSQL 15.18 (image postgres:15)`."""
        return f"PostgreSQL {self.version} (image {self.name})"


def find_server_image(client: docker.DockerClient, major: int, references: Sequence[str] = ()) -> ServerImage | None:
    """The first of these local images that holds a server of this major, else our own; nothing is pulled.

    Args:
        references: names or ids: what a setting names, what production's own database runs.
    """
    for reference in dict.fromkeys((*references, *OWN_IMAGES)):
        try:
            raw = client.api.inspect_image(reference)  # type: ignore[no-untyped-call]
        except DockerException:
            continue
        name = next(iter(raw.get("RepoTags") or ()), reference)
        found = _read(client, raw["Id"], name)
        if found and found.major == major:
            return found
    return None


def _read(client: docker.DockerClient, image_id: str, name: str) -> ServerImage | None:
    script = 'PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)"; postgres --version'
    try:
        said = client.containers.run(
            image_id, ["-c", script], entrypoint="sh", remove=True, network_mode="none",
            labels={LABEL: "look", OWNER_LABEL: owner_word()},
        )
    except DockerException:
        return None
    match = _VERSION.search(said.decode(errors="replace"))
    return ServerImage(image_id, name, match["version"], int(match["major"])) if match else None


@contextmanager
def container_server(
    client: docker.DockerClient, image: ServerImage, root: Path | None = None, *,
    settings: Mapping[str, str] = NO_SETTINGS, is_private: bool = False,
) -> Iterator[ScratchServer]:
    """Start one, without network; container and directory are gone afterwards.

    Args:
        settings, is_private: as for `scratch_server`.

    Raises:
        BlockedError: it does not start, with the last line of its log.
    """
    sweep_containers(client)
    with scratch_directory(root) as directory:
        _prepare(directory, is_private=is_private)
        scratch_id = secrets.token_hex(8)
        container = client.containers.create(
            image.image_id, ["-c", START.format(user=SUPERUSER, log=LOG_NAME), str(directory),
                             *server_words(directory / "socket", scratch_id, settings)],
            entrypoint="sh", user=str(_owner()), network_mode="none", labels={LABEL: str(directory)},
            environment={"TZ": "UTC"}, volumes={str(directory): {"bind": str(directory), "mode": "rw"}},
            healthcheck={"test": ["NONE"]}, auto_remove=True,
        )
        try:
            container.start()
            _wait(container, directory)
            yield ScratchServer(
                directory, image.label, image.major, ID_QUESTION, scratch_id, directory / LOG_NAME,
                container_id=container.id or "",
            )
        finally:
            _remove(container)


def sweep_containers(client: docker.DockerClient) -> None:
    """Remove the servers of killed checks: those whose directory nobody holds any more, or that have none."""
    with suppress(DockerException):
        for container in client.containers.list(all=True, ignore_removed=True, filters={"label": LABEL}):
            directory = container.labels.get(LABEL, "")
            is_left = not is_held(Path(directory)) if directory.startswith("/") else is_owner_gone(
                container.labels.get(OWNER_LABEL, "")
            )
            if is_left:
                _remove(container)


def _remove(container: Container) -> None:
    """Gone, also where the engine removes it by itself at this moment, and its directory with it."""
    with suppress(NotFound, APIError):
        container.remove(force=True, v=True)
    with suppress(NotFound, APIError):
        container.wait(condition="removed", timeout=REMOVE_SECONDS)


def _prepare(directory: Path, *, is_private: bool) -> None:
    directory.chmod(0o755)
    for name in ("data", "socket"):
        path = directory / name
        path.mkdir(mode=0o700)
    log = directory / LOG_NAME
    log.touch(mode=0o644)
    if os.geteuid() == 0:
        for path in (directory / "data", directory / "socket", log):
            shutil.chown(path, NOBODY, NOBODY)
    if not is_private:
        (directory / "socket").chmod(0o777)


def _owner() -> int:
    return NOBODY if os.geteuid() == 0 else os.geteuid()


def _wait(container: Container, directory: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(directory / "data" / "postmaster.pid"):
        if _has_ended(container) or time.monotonic() > deadline:
            raise not_started((directory / LOG_NAME).read_text(encoding="utf-8", errors="replace"))
        time.sleep(POLL_SECONDS)


def _has_ended(container: Container) -> bool:
    try:
        container.reload()
    except NotFound:
        return True
    return container.status not in {"created", "running"}
