"""Protocols of the doors that watching needs; one bundle of them is a field of World."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from deploy.model.machine import MachineUse
from deploy.model.monitoring import BlockedSession, DatabaseOverview, DatabaseSample, Obstacle
from deploy.model.notices import Notice
from deploy.model.watching import ContainerUse


class Monitoring(Protocol):
    """Looks at the database while it works. No look waits long for a lock.

    Each raises BlockedError when the database does not answer; `too-few-connections` when it has none left.
    """

    def overview(self) -> DatabaseOverview:
        """Everything that one screen shows."""

    def sample(self) -> DatabaseSample:
        """What the watch asks every few seconds."""

    def blocked(self) -> tuple[BlockedSession, ...]:
        """Who waits for a lock, the longest first."""

    def obstacles(self, table_names: tuple[str, ...] | None, longer_than_seconds: float) -> tuple[Obstacle, ...]:
        """What a migration of these tables (schema-qualified; None: any) would wait for."""

    def now(self) -> datetime:
        """The server's clock."""

    def end_session(self, pid: int, started_at: datetime) -> bool:
        """Terminate the session that began then; its transaction rolls back. False when it is gone."""

    def close(self) -> None:
        """End what runs in the background; twice is fine."""


class Usage(Protocol):
    """What the containers of a service use and say."""

    def containers(self, service_name: str) -> tuple[ContainerUse, ...]:
        """All of the service, oldest first."""

    def log_lines(self, service_name: str, since: datetime) -> tuple[str, ...]:
        """What they printed since then, at most a few thousand of the newest lines."""

    def out_of_memory_count(self, service_name: str, since: datetime) -> int:
        """How often the kernel killed something in them since then."""


class Machine(Protocol):
    """The machine that the application runs on."""

    def look(self) -> MachineUse | None:
        """How busy it was so far; None where nobody can tell. Never raises."""

    def is_port_free(self, address: str, port: int) -> bool | None:
        """Whether something could listen there now; None where nobody can tell. Never raises."""


class DeploymentLock(Protocol):
    """This machine's lock and the database's lock, as one."""

    def free(self) -> None:
        """Let other commands begin; harmless when it is not held."""

    def take(self) -> bool:
        """Take it back without waiting; False while somebody else holds it. Held already: True."""


class Notices(Protocol):
    """Messages to people. Nothing here ever raises or changes a result."""

    def send(self, notice: Notice) -> None:
        """Give it to every address, within a few seconds; what fails is a warning for the operator."""


class WatchRecords(Protocol):
    """Small files beside the ledger: what was usual before a deployment, and metrics for Prometheus."""

    def save(self, deployment_id: str, document: Mapping[str, Any]) -> None:
        """Write the document of this deployment, atomically. Raises StepFailed."""

    def load(self, deployment_id: str) -> Mapping[str, Any]:
        """It; empty where there is none or it cannot be read."""

    def write_metrics(self, text: str) -> None:
        """Replace the metrics file, atomically; nothing where none is set. Never raises."""


@dataclass(frozen=True)
class WatchDoors:
    """What watching needs of the outside."""

    monitoring: Monitoring
    usage: Usage
    machine: Machine
    lock: DeploymentLock
    notices: Notices
    records: WatchRecords


LockFactory = Callable[[], AbstractContextManager[None]]
