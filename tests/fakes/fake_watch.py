"""What watching asks of the outside, as the test says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from deploy.model.errors import DeployError
from deploy.model.machine import MachineUse
from deploy.model.monitoring import (
    BlockedSession,
    DatabaseOverview,
    DatabaseSample,
    DatabaseTotals,
    Obstacle,
    TableScans,
)
from deploy.model.notices import Notice
from deploy.model.watch_doors import WatchDoors
from deploy.model.watching import ContainerUse
from tests.fakes.fake_docker import FakeDocker

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def totals(**changes: Any) -> DatabaseTotals:
    quiet = DatabaseTotals(
        database_name="shop", server_version="15.18", is_in_recovery=False, started_at=AT, size_bytes=10_000_000,
        connections_used=12, connections_max=97, active=1, idle_in_transaction=0, waiting=0, cache_hit_percent=99.5,
        commits=1000, rollbacks=1, deadlocks=0, temporary_bytes=0, wraparound_age=1000, wraparound_limit=200_000_000,
        lag_seconds=None,
    )
    return replace(quiet, **changes)


def blocked(**changes: Any) -> BlockedSession:
    """A reader that waits for the migration, which holds orders exclusively."""
    one = BlockedSession(
        pid=101, application_name="shop", client="10.0.0.7", query="SELECT * FROM orders", waited_seconds=20.0,
        wanted_mode="AccessShareLock", relation="public.orders", blocked_by=(202,), started_at=AT, root_pid=202,
        root_application_name="alembic", root_client="10.0.0.9", root_state="active",
        root_query="ALTER TABLE orders ADD COLUMN later text", root_transaction_seconds=21.0,
        root_started_at=AT, root_modes=("AccessExclusiveLock",),
    )
    return replace(one, **changes)


@dataclass
class FakeMonitoring:
    """doors.Monitoring."""

    totals: DatabaseTotals = field(default_factory=totals)
    blocked_sessions: tuple[BlockedSession, ...] = ()
    scans: tuple[TableScans, ...] = ()
    invalid_indexes: tuple[str, ...] = ()
    lag_seconds: float | None = None
    obstacle_list: tuple[Obstacle, ...] = ()
    failure: DeployError | None = None
    ended: list[int] = field(default_factory=list)
    asked_tables: list[tuple[str, ...] | None] = field(default_factory=list)

    def _answer(self) -> None:
        if self.failure:
            raise self.failure

    def overview(self) -> DatabaseOverview:
        self._answer()
        return DatabaseOverview(AT, self.totals, ("r1",), (), self.blocked_sessions, (), (), self.invalid_indexes, ())

    def sample(self) -> DatabaseSample:
        self._answer()
        return DatabaseSample(self.totals, self.blocked_sessions, self.scans, self.invalid_indexes, self.lag_seconds)

    def blocked(self) -> tuple[BlockedSession, ...]:
        self._answer()
        return self.blocked_sessions

    def obstacles(self, table_names: tuple[str, ...] | None, longer_than_seconds: float) -> tuple[Obstacle, ...]:
        self._answer()
        self.asked_tables.append(table_names)
        return self.obstacle_list

    def now(self) -> datetime:
        self._answer()
        return AT

    def end_session(self, pid: int, started_at: datetime) -> bool:
        self.ended.append(pid)
        was_there = any(b.root_pid == pid for b in self.blocked_sessions)
        self.blocked_sessions = tuple(b for b in self.blocked_sessions if b.root_pid != pid)
        return was_there

    def close(self) -> None:
        return


class FakeUsage:
    """doors.Usage on the fake engine: `restarts`, `memory_percent`, `core_seconds`, `lines` and `ooms` are settable."""

    def __init__(self, docker: FakeDocker) -> None:
        self._docker = docker
        self.restarts = 0
        self.memory_percent = 30.0
        self.core_seconds = 0.0
        self.lines: list[str] = []
        self.ooms = 0
        self._read: set[str] = set()

    def containers(self, service_name: str) -> tuple[ContainerUse, ...]:
        return tuple(
            ContainerUse(
                c.container_id, f"{self._docker.project_name}-{service_name}-{c.number}", c.status == "running",
                "healthy", self.restarts, int(self.memory_percent * 10_000), 1_000_000, self.core_seconds,
            )
            for c in self._docker.of_service(service_name)
        )

    def log_lines(self, service_name: str, since: datetime) -> tuple[str, ...]:
        lines, self.lines = list(self.lines), []
        for container in self._docker.of_service(service_name):
            if container.container_id not in self._read:
                self._read.add(container.container_id)
                lines += self._docker.behaviour_of(container).log_lines
        return tuple(lines)

    def out_of_memory_count(self, service_name: str, since: datetime) -> int:
        return self.ooms


class FakeMachine:
    """doors.Machine: `use` is settable; None: nobody can tell."""

    def __init__(self) -> None:
        self.use: MachineUse | None = None
        self.taken_ports: set[int] = set()

    def look(self) -> MachineUse | None:
        return self.use

    def is_port_free(self, address: str, port: int) -> bool | None:
        return port not in self.taken_ports


class FakeLock:
    """doors.DeploymentLock; `is_taken_by_other` for so many tries."""

    def __init__(self) -> None:
        self.is_held = True
        self.other_tries = 0
        self.history: list[str] = []

    def free(self) -> None:
        self.is_held = False
        self.history.append("free")

    def take(self) -> bool:
        if self.other_tries > 0:
            self.other_tries -= 1
            return False
        self.is_held = True
        self.history.append("take")
        return True


class FakeNotices:
    """doors.Notices."""

    def __init__(self) -> None:
        self.sent: list[Notice] = []

    def send(self, notice: Notice) -> None:
        self.sent.append(notice)


class FakeRecords:
    """doors.WatchRecords."""

    def __init__(self) -> None:
        self.documents: dict[str, Mapping[str, Any]] = {}
        self.metrics: list[str] = []

    def save(self, deployment_id: str, document: Mapping[str, Any]) -> None:
        self.documents[deployment_id] = dict(document)

    def load(self, deployment_id: str) -> Mapping[str, Any]:
        return self.documents.get(deployment_id, {})

    def write_metrics(self, text: str) -> None:
        self.metrics.append(text)


class FakeWatch:
    """All of them, by name."""

    def __init__(self, docker: FakeDocker) -> None:
        self.monitoring = FakeMonitoring()
        self.usage = FakeUsage(docker)
        self.machine = FakeMachine()
        self.lock = FakeLock()
        self.notices = FakeNotices()
        self.records = FakeRecords()

    @property
    def doors(self) -> WatchDoors:
        return WatchDoors(self.monitoring, self.usage, self.machine, self.lock, self.notices, self.records)
