"""Containers and the edge, as they were seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class Health(StrEnum):
    """Docker's health states; NONE where the container has no health check."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


# What the compose file labels its containers with.
RELEASE_LABEL = "surefoot.release"
DEPLOYMENT_LABEL = "surefoot.deployment"
# The deployment of a migration that no deployment started.
BY_HAND = "manual"
# How long the edge's own check of a container may take: one a second, each up to 3 s, on a machine that is very busy.
EDGE_CHECK_SECONDS = 60


@dataclass(frozen=True)
class Container:
    """One container, read from the Docker API.

    Attributes:
        status: Docker's word: created, running, exited, restarting, dead, paused, removing.
        addresses: its IP addresses on all networks.
        mounts: bind mounts, path inside -> path on the engine's machine.
        host_ports: of the engine's machine, that it publishes (also while it is stopped).
        exit_code: of one that is not running; of one that Docker starts again, of its last end.
        restart_count: how often Docker restarted it by itself.
        started_at: when its process began last; None where it never did.
        health_exit_code / health_output: of the health check's last run; None and empty before the first.
    """

    container_id: str
    name: str
    service_name: str
    image_id: str
    status: str
    health: Health
    exit_code: int | None
    is_oom_killed: bool
    restart_count: int
    addresses: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[str, str] = field(default_factory=dict)
    started_at: datetime | None = None
    health_exit_code: int | None = None
    health_output: str = ""
    host_ports: tuple[int, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether the process runs (also while it is not yet healthy)."""
        return self.status == "running"

    @property
    def short_id(self) -> str:
        """The 12 characters people know."""
        return self.container_id[:12]


class SlotState(StrEnum):
    """What the edge may do with a slot."""

    READY = "ready"
    DRAIN = "drain"
    MAINTENANCE = "maint"


@dataclass(frozen=True)
class Slot:
    """One server slot of the edge.

    Attributes:
        address: the container's address, None while the slot is free.
        state: what the tool asked for.
        is_up: whether the edge's own check passed last (its status is UP).
        is_check_passed: whether the last check was a real HTTP answer (L7OK).
        session_count: requests in flight.
        is_last_resort: whether it is sent requests although its check does not pass: no other one's does.
    """

    name: str
    address: str | None
    state: SlotState
    is_up: bool
    is_check_passed: bool
    session_count: int
    is_last_resort: bool = False


@dataclass(frozen=True)
class EngineVersion:
    """What answers behind the Docker socket."""

    version: str
    api_version: str
    is_podman: bool
    data_directory: str


@dataclass(frozen=True)
class ServiceGround:
    """What a compose service gives its container.

    Attributes:
        files: path inside -> file or directory of this machine; read-only.
        working_directory / user: empty for the image's own.
    """

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, Path] = field(default_factory=dict)
    working_directory: str = ""
    user: str = ""


@dataclass(frozen=True)
class ProbeOutcome:
    """What a short-lived container printed."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class HttpAnswer:
    """One HTTP answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_seconds: float
