"""How busy the machine is, and how much of that is the application itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RESOURCES = ("cpu", "memory", "io")


@dataclass(frozen=True)
class MachineUse:
    """Counters of the kernel since it was started.

    Attributes:
        busy_seconds: of all cores together: everything but idle; stolen time counts, for nobody here has it.
        stolen_seconds: of all cores together, taken by the host of a virtual machine.
        stalled_seconds: resource (`cpu`, `memory`, `io`) -> time in which somebody waited for it; without an entry
            where the kernel does not tell (pressure stall information).
        database_seconds: process -> what a session of the application's database used of the cores; empty where the
            database runs elsewhere.
    """

    core_count: int
    busy_seconds: float
    stolen_seconds: float
    stalled_seconds: Mapping[str, float] = field(default_factory=dict)
    database_seconds: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class MachineRates:
    """The same between two samples, as shares of 1.

    Attributes:
        busy, stolen, own, database: of all cores; `own` is the application's containers together, `database` the
            sessions of its database.
        stalled: resource -> share of the time in which somebody waited for it.
        own_waiting: share of the time in which the application's own processes waited for a core; None: not known.
    """

    core_count: int
    busy: float
    stolen: float
    own: float
    stalled: Mapping[str, float] = field(default_factory=dict)
    own_waiting: float | None = None
    database: float = 0.0

    @property
    def others(self) -> float:
        """What everything but the application and its database takes of all cores."""
        return max(self.busy - self.own - self.database, 0.0)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> MachineRates:
        """What `dataclasses.asdict` gave."""
        return cls(**raw)
