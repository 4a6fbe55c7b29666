"""Whether the edge can make its socket and we can use it: known before a migration, not after it.

The edge runs without capabilities, so not even root writes into another user's directory; and its socket is for its
own user alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from deploy.model.errors import BlockedError
from deploy.model.has_doors import HasContainers, HasEdge, HasWatch
from deploy.settings.schema import Settings

SOCKET_NAME = "admin.sock"
_OVERRIDES = {"ALL", "DAC_OVERRIDE", "CAP_DAC_OVERRIDE"}


class Doors(HasContainers, HasEdge, HasWatch, Protocol):
    """What is asked."""


def edge_problems(config: Mapping[str, Any], settings: Settings, *, is_reachable: bool) -> list[BlockedError]:
    """What keeps the edge's socket from being made or used; nothing where the edge answers already.

    Makes the directory where it is missing: made by the engine it would be root's.

    Args:
        config: `docker compose config --format json`.
    """
    service = config.get("services", {}).get(settings.edge_service)
    if is_reachable or service is None:
        return []
    directory = settings.edge_run
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        what = f"the directory of the edge's socket, {directory}, cannot be made: {error.strerror}"
        return [_problem(what, directory)]
    problem = _made_by_edge(service, directory) or _usable_by_us(service, directory)
    return [problem] if problem else []


def edge_port_problems(world: Doors, config: Mapping[str, Any], settings: Settings) -> list[BlockedError]:
    """The port at which an edge of the tool's own will listen, where no edge answers yet and somebody else has it.

    What the application's own containers hold is taken over.

    Args:
        config: `docker compose config --format json`.
    """
    edge = (config.get("services") or {}).get(settings.edge_service) or {}
    wanted = {str(port.get("published") or "") for port in edge.get("ports") or () if isinstance(port, Mapping)}
    if world.edge.is_reachable() or str(settings.edge_port) not in wanted:
        return []
    ours = [*world.containers.list(settings.app_service), *world.containers.list(settings.edge_service)]
    if any(container.is_running and settings.edge_port in container.host_ports for container in ours):
        return []
    if world.watch.machine.is_port_free(settings.edge_bind, settings.edge_port) is not False:
        return []
    return [
        BlockedError(
            f"something listens on {settings.edge_bind}:{settings.edge_port} already, where the edge is to listen",
            hint=f"end it (`ss -ltnp 'sport = :{settings.edge_port}'` names it), or set another EDGE_PORT",
            reference="edge-port-taken",
        )
    ]


def edge_warning(config: Mapping[str, Any], settings: Settings, *, is_reachable: bool) -> str:
    """Says that an edge which answers would not come up again as the compose file has it; empty where it would.

    A deployment leaves such an edge alone: what changed is its user or the directory's owner, and it has its socket.
    """
    service = config.get("services", {}).get(settings.edge_service)
    directory = settings.edge_run
    if not is_reachable or service is None or not directory.is_dir():
        return ""
    problem = _made_by_edge(service, directory)
    if problem is None:
        return ""
    return f"the edge answers now, but would not after it was recreated: {problem.what}; {problem.hint}"


def _made_by_edge(service: Mapping[str, Any], directory: Path) -> BlockedError | None:
    """The edge's user must be able to write there."""
    user_id, group_id = _user(service)
    if user_id is None or (user_id == 0 and _overrides(service)):
        return None
    there = directory.stat()
    if user_id == there.st_uid:
        needed = stat.S_IWUSR | stat.S_IXUSR
    elif group_id == there.st_gid:
        needed = stat.S_IWGRP | stat.S_IXGRP
    else:
        needed = stat.S_IWOTH | stat.S_IXOTH
    if there.st_mode & needed == needed:
        return None
    return _problem(
        f"the edge runs as user {user_id}:{group_id} and cannot make its socket in {directory}, which belongs to "
        f"{there.st_uid}:{there.st_gid}", directory,
    )


def _usable_by_us(service: Mapping[str, Any], directory: Path) -> BlockedError | None:
    """We must be root or the edge's user; a socket that is there already tells whose it is."""
    us = os.geteuid()
    if us == 0:
        return None
    path = directory / SOCKET_NAME
    try:
        owner: int | None = path.stat().st_uid
    except PermissionError:
        owner = directory.stat().st_uid
    except OSError:
        owner = _user(service)[0]
    if owner in {None, us} or os.access(path, os.W_OK):
        return None
    return _problem(
        f"the edge's socket {path} is user {owner}'s, and this command runs as user {us}", directory,
    )


def _problem(what: str, directory: Path) -> BlockedError:
    us, group = os.geteuid(), os.getegid()
    return BlockedError(
        what,
        hint=f"once: sudo chown -R {us}:{group} {directory}, EDGE_USER={us}:{group} in .env, and recreate a running "
        "edge (docker compose up -d --no-deps --force-recreate edge); or run this command as the user who deployed "
        "before",
        reference="edge-socket-not-usable",
    )


def _user(service: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """By number; None where it has a name, or the image decides."""
    user, _, group = str(service.get("user", "")).partition(":")
    if not user.isdigit():
        return None, None
    return int(user), int(group) if group.isdigit() else int(user)


def _overrides(service: Mapping[str, Any]) -> bool:
    """Whether its root may write everywhere."""
    drops = {str(name).upper() for name in service.get("cap_drop") or ()}
    adds = {str(name).upper() for name in service.get("cap_add") or ()}
    return not drops & _OVERRIDES or bool(adds & _OVERRIDES)
