"""What the watch after a switch sees, compares and concludes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from deploy.model.machine import MachineRates, MachineUse
from deploy.model.monitoring import DatabaseSample
from deploy.model.planned_step import Saved

# In the record of a watch: why it ended without an answer.
UNDECIDED = "undecided"


@dataclass(frozen=True)
class EdgeCounters:
    """The edge's own counters of the application's backend, since the edge was started.

    Attributes:
        answered: responses of every class but 5xx.
        failed: 5xx, those included that the edge gave because nothing served.
        average_ms: the server's time to its response headers, over the edge's last requests (`average_window`).
        serving_count: slots that take requests now.
        refused: those of `failed` that the edge gave itself: no server, no connection, no answer in time.
        overloaded: those of `failed` with which the application said "come back later" (503 with Retry-After).
        unchecked: responses of a container whose check did not pass, because no other was left.
        late_count: slots that are down only because their check had no answer in time.
    """

    answered: int
    failed: int
    average_ms: int
    serving_count: int
    refused: int = 0
    overloaded: int = 0
    unchecked: int = 0
    late_count: int = 0

    @property
    def total(self) -> int:
        """All responses."""
        return self.answered + self.failed

    @property
    def timed(self) -> int:
        """The responses that `average_ms` is made of."""
        return self.total - self.unchecked


@dataclass(frozen=True)
class ContainerUse:
    """One container of a service.

    Attributes:
        health: Docker's word; `none` without a health check.
        memory_bytes / memory_limit_bytes: 0 where it does not run or the engine did not tell.
        cpu_seconds: of cores, used since it was started.
        waited_seconds: how long its processes waited for a core since then; None: not known.
    """

    container_id: str
    name: str
    is_running: bool
    health: str
    restart_count: int
    memory_bytes: int
    memory_limit_bytes: int
    cpu_seconds: float = 0.0
    waited_seconds: float | None = None

    @property
    def memory_percent(self) -> float:
        """Of its limit; 0 without a limit."""
        return 100 * self.memory_bytes / self.memory_limit_bytes if self.memory_limit_bytes else 0.0


@dataclass(frozen=True, kw_only=True)
class WatchedService(Saved):
    """A service of the release beside the application, and how many containers of it are to run."""

    service: str
    replicas: int


@dataclass(frozen=True)
class ServiceUse:
    """What one of them uses.

    Attributes:
        restart_count, out_of_memory_count: since the watch began.
        problem: why it could not be asked; empty where it could.
    """

    service: str
    replicas: int
    containers: tuple[ContainerUse, ...]
    restart_count: int = 0
    out_of_memory_count: int = 0
    problem: str = ""


@dataclass(frozen=True)
class LogErrors:
    """Lines of the application's log that matter after a schema change.

    Attributes:
        counts: kind -> lines since the sample before.
        examples: kind -> one such line, without passwords.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """Everything at one moment. What could not be asked is None, and its problem says why.

    Attributes:
        at_seconds: monotonic.
        restart_count: of all containers together, since the watch began; a replaced container counts from 0.
        out_of_memory_count: kills for lack of memory since the watch began.
        probe_seconds: how long the health endpoint took through the edge; None when it did not answer 200.
        others: the release's other services.
    """

    at_seconds: float
    edge: EdgeCounters | None
    containers: tuple[ContainerUse, ...]
    restart_count: int
    out_of_memory_count: int
    log: LogErrors
    database: DatabaseSample | None
    probe_seconds: float | None
    edge_problem: str = ""
    container_problem: str = ""
    database_problem: str = ""
    probe_problem: str = ""
    machine: MachineUse | None = None
    others: tuple[ServiceUse, ...] = ()


@dataclass(frozen=True)
class Rates:
    """What happened between two samples.

    Attributes:
        average_ms: of the requests between them, worked out of the edge's moving average; None with too few requests.
        average_error_ms: how far that may be off, because the edge tells whole milliseconds.
        scans_per_second: per table, sequential scans.
        overloaded: those of `failed` with which the application said "come back later".
        table_scans: reads of tables and indexes that statements began: a measure of queries that no machine changes.
        machine: None where nobody could tell.
    """

    seconds: float
    responses: int
    failed: int
    average_ms: float | None
    average_error_ms: float
    deadlocks: int
    scans_per_second: Mapping[str, float] = field(default_factory=dict)
    overloaded: int = 0
    table_scans: int = 0
    machine: MachineRates | None = None

    @property
    def core_ms_per_response(self) -> float | None:
        """What a response costs the application's containers of a core; None without responses."""
        return self._ms_per_response(self.machine.own) if self.machine else None

    @property
    def database_ms_per_response(self) -> float | None:
        """What a response costs the database of a core of this machine; None without responses."""
        return self._ms_per_response(self.machine.database) if self.machine else None

    def _ms_per_response(self, share: float) -> float | None:
        if self.machine is None or not self.responses:
            return None
        return 1000 * share * self.machine.core_count * self.seconds / self.responses

    @property
    def scans_per_response(self) -> float | None:
        """Reads of tables and indexes for a response; None without responses."""
        return self.table_scans / self.responses if self.responses else None

    @property
    def failed_percent(self) -> float:
        """5xx in a hundred responses."""
        return 100 * self.failed / self.responses if self.responses else 0.0

    @property
    def per_second(self) -> float:
        """Responses a second."""
        return self.responses / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Before:
    """The window before the deployment, which everything after it is compared with.

    Attributes:
        failed_percent, average_ms, per_second: None where nothing was served then.
        waiting, blocked_seconds: the most sessions that waited, and the longest wait.
        log_kinds: kinds of log errors that were there already.
        core_ms_per_response, database_ms_per_response, scans_per_response: as in Rates; None with too few requests
            to tell.
        machine: how busy it was; None: not known.
        memory_bytes: of the application's containers together.
    """

    failed_percent: float | None = None
    average_ms: float | None = None
    per_second: float | None = None
    waiting: int = 0
    blocked_seconds: float = 0.0
    connections_percent: float = 0.0
    deadlocks_per_second: float = 0.0
    scans_per_second: Mapping[str, float] = field(default_factory=dict)
    invalid_indexes: tuple[str, ...] = ()
    log_kinds: Mapping[str, int] = field(default_factory=dict)
    core_ms_per_response: float | None = None
    database_ms_per_response: float | None = None
    scans_per_response: float | None = None
    machine: MachineRates | None = None
    memory_bytes: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Before:
        """What `to_json` gave; what is missing has its default."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in raw.items() if name in known}
        machine = MachineRates.from_json(raw["machine"]) if raw.get("machine") else None
        return cls(**values | {"invalid_indexes": tuple(raw.get("invalid_indexes", ())), "machine": machine})


@dataclass(frozen=True)
class Thresholds(Saved):
    """When a number is too much. Units stand in the names; the settings are named alike (docs/commands/watch.md)."""

    interval_seconds: float = 5.0
    confirm_count: int = 2
    confirm_of: int = 3
    max_error_percent: float = 1.0
    min_errors: int = 3
    slow_factor: float = 2.0
    slow_floor_ms: float = 250.0
    min_requests: int = 10
    max_probe_seconds: float = 2.0
    max_restarts: int = 0
    max_memory_percent: float = 92.0
    max_log_errors: int = 2
    max_block_seconds: float = 10.0
    max_waiting: int = 10
    max_connections_percent: float = 90.0
    max_deadlocks: int = 2
    max_replica_lag_seconds: float = 60.0
    replicas: int = 1


@dataclass(frozen=True)
class Finding:
    """One thing that one sample shows to be wrong.

    Attributes:
        kind: `errors`, `slow`, `restarts` … (docs/commands/watch.md lists them).
        says: one sentence with the numbers.
        is_breach: whether it counts against the release; otherwise it is only told.
        is_of_time: whether a machine without a free core makes it, too: something came late.
        held_because: why the release before would fare no better now; then it does not count. Empty: nothing is held.
    """

    kind: str
    says: str
    is_breach: bool = True
    is_of_time: bool = False
    held_because: str = ""


@dataclass(frozen=True)
class WatchReport:
    """One sample, judged; for the screen and for JSON events.

    Attributes:
        number: of the sample, from 1.
        elapsed_seconds / total_seconds: of the watch; total 0 where it has no end.
        findings: of this sample.
        breaches: confirmed over several samples; the first ends the watch.
        undecided: wrong over several samples, but held; the watch cannot tell until they are gone.
        history: name -> the last values, oldest first, for sparklines.
    """

    number: int
    elapsed_seconds: float
    total_seconds: float
    sample: Sample
    rates: Rates | None
    before: Before | None
    findings: tuple[Finding, ...]
    breaches: tuple[Finding, ...]
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    undecided: tuple[Finding, ...] = ()
