"""What commands return, and what the command line renders."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.model.backups import Backup
from deploy.model.containers import Container
from deploy.model.database import DatabaseState
from deploy.model.deployments import Deployment
from deploy.model.releases import Release
from deploy.model.restores import ServerDatabase


@dataclass(frozen=True)
class DeploymentOutcome:
    """How a deployment ended.

    Attributes:
        says: one line.
        failure_what / failure_hint / failure_reference: the error; empty when there was none.
        differs: what is not as it was; empty when all is done or all is undone.
        next_command: the one command that comes next; empty when none is needed.
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
    is_handed_over: bool = False


@dataclass(frozen=True)
class HealthCheck:
    """One question and its answer."""

    name: str
    is_ok: bool
    says: str


@dataclass(frozen=True)
class HealthReport:
    """All questions."""

    checks: tuple[HealthCheck, ...]

    @property
    def is_ok(self) -> bool:
        """Whether every answer was good."""
        return all(check.is_ok for check in self.checks)


@dataclass(frozen=True)
class Status:
    """What runs now. None and empty where it could not be read; `problems` says why.

    Attributes:
        kept_databases: old databases that restores kept.
    """

    release: Release | None
    containers: tuple[Container, ...]
    database: DatabaseState | None
    image_head_ids: tuple[str, ...]
    unfinished: Deployment | None
    last_deployment: Deployment | None
    newest_backup: Backup | None
    problems: tuple[str, ...]
    kept_databases: tuple[ServerDatabase, ...] = ()
    newest_verified: Backup | None = None
