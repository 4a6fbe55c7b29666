"""Each door by itself, for whoever names the few that it needs instead of being handed the whole world.

`class Doors(HasContainers, HasClock, Protocol)` in a step's file says what the step can touch, and the type checker
holds it to that. `World` has them all.
"""

from __future__ import annotations

from typing import Protocol, Self

from deploy.model.data_checks import DataChecks
from deploy.model.doors import (
    Backups,
    Clock,
    Compose,
    Containers,
    Copies,
    Database,
    Edge,
    Http,
    Images,
    Ledger,
    Reporter,
    StopRequest,
)
from deploy.model.end_state import ProjectNames
from deploy.model.restore_doors import DatabaseServer, Restores, RestoreTarget
from deploy.model.watch_doors import WatchDoors


class HasBackups(Protocol):
    """The backups on this machine."""

    @property
    def backups(self) -> Backups:
        """The door."""


class HasClock(Protocol):
    """The time, and waiting."""

    @property
    def clock(self) -> Clock:
        """The door."""


class HasCompose(Protocol):
    """`docker compose`."""

    @property
    def compose(self) -> Compose:
        """The door."""


class HasContainers(Protocol):
    """The engine's containers."""

    @property
    def containers(self) -> Containers:
        """The door."""


class HasCopies(Protocol):
    """Backups elsewhere."""

    @property
    def copies(self) -> Copies:
        """The door."""


class HasDataChecks(Protocol):
    """The project's own questions to its data."""

    @property
    def data_checks(self) -> DataChecks:
        """The door."""


class HasDatabase(Protocol):
    """Production's database."""

    @property
    def database(self) -> Database:
        """The door."""


class HasEdge(Protocol):
    """The proxy in front."""

    @property
    def edge(self) -> Edge:
        """The door."""


class HasBackends(HasEdge, Protocol):
    """The proxy in front, and a view of each of its backends."""

    def with_edge(self, edge: Edge) -> Self:
        """The same doors, with another view of the edge."""


class HasHttp(Protocol):
    """Requests."""

    @property
    def http(self) -> Http:
        """The door."""


class HasImages(Protocol):
    """The engine's images."""

    @property
    def images(self) -> Images:
        """The door."""


class HasLedger(Protocol):
    """The record of all deployments."""

    @property
    def ledger(self) -> Ledger:
        """The door."""


class HasNames(Protocol):
    """By which names the project's parts are asked for."""

    @property
    def names(self) -> ProjectNames:
        """The names."""


class HasReporter(Protocol):
    """The operator's screen."""

    @property
    def reporter(self) -> Reporter:
        """The door."""


class HasDatabaseServer(Protocol):
    """The databases of production's server, by their names."""

    @property
    def restores(self) -> DatabaseServer:
        """The door."""


class HasRestoreTarget(Protocol):
    """A database that a backup is restored into."""

    @property
    def restores(self) -> RestoreTarget:
        """The door."""


class HasRestores(Protocol):
    """Every door of a restore."""

    @property
    def restores(self) -> Restores:
        """The door."""


class HasStop(Protocol):
    """Whether the operator asked to stop."""

    @property
    def stop(self) -> StopRequest:
        """The door."""


class HasWatch(Protocol):
    """What a watch looks at."""

    @property
    def watch(self) -> WatchDoors:
        """The door."""
