"""What commands return, and what the command line renders."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.model.backups import Backup
from deploy.model.database import DatabaseState
from deploy.model.deployments import Deployment
from deploy.model.errors import EXIT_BLOCKED, EXIT_DONE, EXIT_FAILED_AND_UNDONE
from deploy.model.production import BackupsLook, LedgerLook, NotKnown, Point, PointState, Production
from deploy.model.releases import Release


@dataclass(frozen=True)
class DeploymentOutcome:
    """How a deployment ended.

    Attributes:
        says: one line.
        failure_what / failure_hint / failure_reference: the error; empty when there was none.
        differs: what is not as it was; empty when all is done or all is undone.
        next_command: the one command that comes next; empty when none is needed.
        open_point: what was left undone on purpose; empty where nothing was.
        traceback_text: of an internal error, for a file; never for the screen.
        is_handed_over: another command took the deployment over; how it ends is that one's to tell.
    """

    exit_code: int
    deployment: Deployment | None
    says: str
    failure_what: str = ""
    failure_hint: str = ""
    failure_reference: str = ""
    differs: tuple[str, ...] = ()
    next_command: str = ""
    traceback_text: str = ""
    open_point: str = ""
    is_handed_over: bool = False


@dataclass(frozen=True)
class HealthCheck:
    """One question and its answer.

    Attributes:
        is_known: False where it could not be looked at; then it is not ok either.
    """

    name: str
    is_ok: bool
    says: str
    is_known: bool = True


@dataclass(frozen=True)
class HealthReport:
    """All questions.

    Attributes:
        next_command: what comes next; empty where nothing is needed.
    """

    checks: tuple[HealthCheck, ...]
    next_command: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether every answer was good."""
        return all(check.is_ok for check in self.checks)

    @property
    def exit_code(self) -> int:
        """0 all agree, 1 something does not, 3 something could not be looked at."""
        if any(not check.is_ok and check.is_known for check in self.checks):
            return EXIT_FAILED_AND_UNDONE
        return EXIT_DONE if self.is_ok else EXIT_BLOCKED


@dataclass(frozen=True)
class History:
    """What was deployed.

    Attributes:
        deployments: newest first.
        left: every release that production went away from and has not gone back to, newest first.
    """

    deployments: tuple[Deployment, ...]
    left: tuple[Release, ...]


@dataclass(frozen=True)
class Status:
    """A look at production, and what is said of it.

    Attributes:
        points: what is wrong first, then what is not known, then what is open.
    """

    production: Production
    points: tuple[Point, ...]

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong, and nothing that was to be looked at is unknown."""
        return not self.problems

    @property
    def problems(self) -> tuple[Point, ...]:
        """What is wrong, and what could not be looked at."""
        return tuple(p for p in self.points if p.state is not PointState.OPEN)

    @property
    def open_points(self) -> tuple[Point, ...]:
        """What somebody wanted so, and what remains to be done."""
        return tuple(p for p in self.points if p.state is PointState.OPEN)

    @property
    def next_command(self) -> str:
        """What comes next; empty where nothing is needed."""
        return next((point.next_command for point in self.points if point.next_command), "")

    @property
    def release(self) -> Release | None:
        """The one that production runs, by the ledger."""
        return self.production.ledger.current if isinstance(self.production.ledger, LedgerLook) else None

    @property
    def left(self) -> tuple[Release, ...]:
        """Releases newer than the running one, from which production went back; a newer image ends that."""
        ledger = self.production.ledger
        if not isinstance(ledger, LedgerLook) or ledger.current is None:
            return ()
        current = ledger.current.number
        return tuple(r for r in ledger.releases if r.left is not None and r.number > current)

    @property
    def unfinished(self) -> Deployment | None:
        """The deployment that blocks the next one."""
        return self.production.ledger.unfinished if isinstance(self.production.ledger, LedgerLook) else None

    @property
    def last_deployment(self) -> Deployment | None:
        """The newest of all."""
        return self.production.ledger.last if isinstance(self.production.ledger, LedgerLook) else None

    @property
    def image_head_ids(self) -> tuple[str, ...]:
        """The heads of the current release's image; empty where they are not known."""
        ledger = self.production.ledger
        return ledger.current_graph.head_ids if isinstance(ledger, LedgerLook) and ledger.current_graph else ()

    @property
    def database(self) -> DatabaseState | None:
        """None where it did not answer."""
        return None if isinstance(self.production.database, NotKnown) else self.production.database

    @property
    def backups(self) -> tuple[Backup, ...]:
        """Newest first; none where they could not be read."""
        return self.production.backups.backups if isinstance(self.production.backups, BackupsLook) else ()
