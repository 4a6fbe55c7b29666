"""A request, the plan it became, and the record of what happened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from deploy.model.planned_step import PlannedStep

PLAN_FORMAT = 3
StepT = TypeVar("StepT", bound=PlannedStep)
WATCH_STEP = "watch-release"


class Mode(StrEnum):
    """What the operator asked for."""

    AUTO_MIGRATE = "auto-migrate"
    MANUAL_MIGRATE = "manual-migrate"
    SKIP_MIGRATE = "skip-migrate"
    BACKUP_ONLY = "backup"
    ROLLBACK = "rollback"
    RESTORE = "restore"
    DOWNGRADE = "downgrade"
    CONTRACT = "contract"
    RECOVER = "recover"


@dataclass(frozen=True)
class DeployRequest:
    """The operator's words, typed.

    Attributes:
        image_reference: `--image REF`; None means the repository's `latest`.
        service_images: `--image SERVICE=REF`, for services of the release with an image of their own.
        has_build: `--build`: the compose file's own `build:` of the application is built first, on this machine.
        has_pull: `--pull`: ask the registry even if the tag was moved by hand.
        rollback_to: the release's number; None means the last good one before the running.
        has_todays_configuration: of a rollback: today's compose file, not the one that was kept for the release.
        refuses_backup: `--no-backup`: a deployment that needs one is then refused.
        watch_minutes: `--watch [MINUTES]`; None: what the mode and the settings say.
        accepted_risk / risk_reason: `--accept-risk LEVEL --reason TEXT`; the level as it is printed, `high`.
        wait_seconds: `--wait SECONDS`: how long another's lock is waited for.
        window_reason: `--override-window --reason TEXT`.
        is_only_planned: `--plan`, which a closed window lets pass; gives_up_rollback: of `contract`.
    """

    mode: Mode
    has_backup: bool = False
    has_todays_configuration: bool = False
    refuses_backup: bool = False
    has_health_check: bool = False
    has_pull: bool = False
    has_build: bool = False
    image_reference: str | None = None
    service_images: Mapping[str, str] = field(default_factory=dict)
    rollback_to: int | None = None
    accepted_risk: str = ""
    risk_reason: str = ""
    wait_seconds: float = 0
    window_reason: str = ""
    is_only_planned: bool = False
    gives_up_rollback: bool = False
    watch_minutes: float | None = None


# The key of a summary: what the operator does once everything is done, where something is left to be done.
NEXT_COMMAND = "next_command"
# The key of a summary: what a deployment that ends well leaves undone, and `status` names until it is done.
OPEN_POINT = "open_point"
# The key of a summary: the moment that names in the plan bear. A plan that differs in it alone is the same plan.
MOMENT = "moment"


@dataclass(frozen=True)
class Plan:
    """What will be done. Two plans with the same content, whenever they are made, have the same id.

    Attributes:
        summary: key facts for the screen and the record (from/to release, revisions, risk …).
        warnings: what the operator should know before saying yes.
        check: the migration check's result, kept with the deployment; not part of the id (sizes change every
            minute, and what matters of it stands in the summary).
        older_id: the id under which an older version of this tool saved it, in another form; empty for one of this.
    """

    mode: Mode
    steps: tuple[PlannedStep, ...]
    summary: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    check: Mapping[str, Any] = field(default_factory=dict)
    older_id: str = ""

    @property
    def plan_id(self) -> str:
        """First 12 hex digits of the SHA-256 of the plan's content; of an older form, where that was saved."""
        if self.older_id:
            return self.older_id
        text = json.dumps(self._content(), sort_keys=True, separators=(",", ":"))
        if moment := self.summary.get(MOMENT):
            text = text.replace(str(moment), "")
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """Canonical JSON, the form that is saved."""
        return json.dumps(self._content() | {"check": dict(self.check)}, sort_keys=True, separators=(",", ":"))

    def find(self, kind: type[StepT]) -> StepT | None:
        """The last step of this kind; None where the plan has none."""
        return next((step for step in reversed(self.steps) if isinstance(step, kind)), None)

    def _content(self) -> dict[str, Any]:
        """What is hashed."""
        return {
            "format": PLAN_FORMAT,
            "mode": self.mode.value,
            "steps": [step.to_fields() for step in self.steps],
            "summary": dict(self.summary),
            "warnings": list(self.warnings),
        }


class DeploymentState(StrEnum):
    """RUNNING is the only unfinished one; it blocks the next deployment.

    NOT_UNDONE: stopped where it cannot be taken back by itself. GIVEN_UP: a person ended what could be neither
    finished nor taken back; its outcome holds the reason and what differs.
    """

    RUNNING = "running"
    DONE = "done"
    UNDONE = "undone"
    NOT_UNDONE = "not-undone"
    GIVEN_UP = "given-up"


class StepState(StrEnum):
    """The journal's words, in the order they may follow each other."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    UNDO_BEGUN = "undo-begun"
    UNDONE = "undone"


@dataclass(frozen=True)
class Actor:
    """Who started it."""

    user_name: str
    host_name: str
    ci_run: str | None


@dataclass(frozen=True)
class StepRecord:
    """The last journal entry of one step."""

    position: int
    name: str
    state: StepState
    at: datetime
    detail: str
    duration_seconds: float | None = None


@dataclass(frozen=True)
class Deployment:
    """One attempt, finished or not."""

    deployment_id: str
    plan: Plan
    state: DeploymentState
    actor: Actor
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    outcome: str
    steps: tuple[StepRecord, ...]

    @property
    def is_being_watched(self) -> bool:
        """Whether everything is done but the watch: the release serves, and another command may take over."""
        if self.state is not DeploymentState.RUNNING or not self.steps:
            return False
        last = self.steps[-1]
        return last.name == WATCH_STEP and last.state is StepState.BEGUN
