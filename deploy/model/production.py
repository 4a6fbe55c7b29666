"""Production as it was seen at one moment, and what is said of it: every command that answers "is it well?" rests here.

`NotKnown` stands wherever a look had no answer, with the reason: what could not be looked at is never called well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from deploy.model.accessories import SeenAccessory
from deploy.model.backups import Backup
from deploy.model.containers import Container, HttpAnswer, Slot
from deploy.model.database import DatabaseState
from deploy.model.deployments import Deployment
from deploy.model.maintenance import MaintenanceState
from deploy.model.releases import Release, RevisionGraph, RevisionKind
from deploy.model.restores import ServerDatabase
from deploy.model.roles import Background


@dataclass(frozen=True)
class NotKnown:
    """Why a look had no answer.

    Attributes:
        why: lower case, no full stop.
        hint: the next command or action.
    """

    why: str
    hint: str = ""


class PointState(StrEnum):
    """What a point means for who is asked at night."""

    WRONG = "wrong"
    """It is not as it must be."""
    NOT_KNOWN = "not-known"
    """It could not be looked at."""
    OPEN = "open"
    """It is as somebody wanted it, and something remains to be done."""


class Area(StrEnum):
    """What a point is about."""

    LEDGER = "ledger"
    DEPLOYMENTS = "deployments"
    CONTAINERS = "containers"
    BACKGROUND = "background"
    EDGE = "edge"
    ANSWER = "answer"
    DATABASE = "database"
    SCHEMA = "schema"
    IMAGES = "images"
    BACKUPS = "backups"
    DISK = "disk"


@dataclass(frozen=True)
class Point:
    """One thing that is not simply well.

    Attributes:
        says: one sentence; lower case, no full stop.
        next_command: the command (or the action) that comes next.
    """

    area: Area
    state: PointState
    says: str
    next_command: str = ""


@dataclass(frozen=True)
class LedgerLook:
    """What the ledger says.

    Attributes:
        current_graph: the revisions of the current release's image; None where they were never read.
        known_graphs, revision_kinds: of every image that was deployed here.
    """

    current: Release | None
    releases: tuple[Release, ...]
    unfinished: Deployment | None
    last: Deployment | None
    current_graph: RevisionGraph | None
    known_graphs: tuple[RevisionGraph, ...]
    revision_kinds: Mapping[str, RevisionKind]


@dataclass(frozen=True)
class BackupsLook:
    """The backups of this machine, newest first, and what lies there damaged."""

    backups: tuple[Backup, ...]
    damaged: tuple[str, ...]


@dataclass(frozen=True)
class Production:
    """One look at everything the promise speaks of.

    Attributes:
        lock_holder: who holds this machine's deployment lock now; empty: nobody.
        app, edge: the containers of these services, in any state.
        slots: of the edge, by its runtime socket.
        answer: of the health endpoint through the edge's published port; None: there was no answer.
        image_ids: reference or image id -> the image id that it names on this machine, None where it names none.
        free_bytes: free space by directory.
        kept_databases: old databases that restores kept.
        background: workers and schedulers of the compose file, and what of them is there.
        accessories: services of the compose file that are no part of a release, with their containers.
        file_differences: what of the compose file is otherwise than it was kept for the release that serves; names.
    """

    at: datetime
    lock_holder: str
    ledger: LedgerLook | NotKnown
    app: tuple[Container, ...] | NotKnown
    edge: tuple[Container, ...] | NotKnown
    slots: tuple[Slot, ...] | NotKnown
    maintenance: MaintenanceState | NotKnown
    answer: HttpAnswer | NotKnown | None
    database: DatabaseState | NotKnown
    image_ids: Mapping[str, str | None] | NotKnown
    backups: BackupsLook | NotKnown
    free_bytes: Mapping[Path, int] | NotKnown
    kept_databases: tuple[ServerDatabase, ...] | NotKnown = field(default=())
    background: Background | NotKnown = field(default_factory=Background)
    file_differences: tuple[str, ...] | NotKnown = ()
    accessories: tuple[SeenAccessory, ...] | NotKnown = ()

    @property
    def is_under_way(self) -> bool:
        """Whether a living process is deploying now: what it changes is its business until it ends."""
        return bool(self.lock_holder) and isinstance(self.ledger, LedgerLook) and self.ledger.unfinished is not None

    @property
    def was_never_deployed(self) -> bool:
        """Whether the ledger knows of no deployment and of no release (`recover` brings releases alone)."""
        return isinstance(self.ledger, LedgerLook) and self.ledger.last is None and not self.ledger.releases

    @property
    def expects_nothing(self) -> bool:
        """Whether nothing was ever deployed, and nothing of the application is known to be there."""
        return self.was_never_deployed and (isinstance(self.app, NotKnown) or not self.app)
