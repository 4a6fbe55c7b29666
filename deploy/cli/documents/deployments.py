"""What a deployment, its plan and its record are in `--json`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from deploy.cli.documents.backups import BackupFacts


class ErrorWords(TypedDict):
    """What ended the command; `reference` is explained in docs/errors.md."""

    what: str
    hint: str
    reference: str


class ErrorDocument(TypedDict):
    """A command that ended before it had an outcome; `check` where the migration check refused it."""

    error: ErrorWords
    check: NotRequired[dict[str, Any]]


class StepEntry(TypedDict):
    """The last journal entry of a step."""

    name: str
    state: Literal["begun", "done", "failed", "undo-begun", "undone"]
    detail: str
    seconds: float | None


class DeploymentFacts(TypedDict):
    """One deployment, finished or not; times in UTC."""

    id: str
    plan_id: str
    mode: str
    state: Literal["running", "done", "undone", "not-undone", "given-up"]
    exit_code: int | None
    outcome: str
    user: str
    host: str
    ci_run: str | None
    started_at: datetime
    ended_at: datetime | None
    summary: dict[str, Any]
    steps: list[StepEntry]


class OutcomeDocument(TypedDict):
    """How a deployment, a rollback, a restore or a downgrade ended; `open_point` is what it left undone on purpose."""

    exit_code: int
    says: str
    error: ErrorWords | None
    differs: list[str]
    next_command: str | None
    open_point: str | None
    deployment: DeploymentFacts | None


class PlanStep(TypedDict):
    """One step as it is printed."""

    name: str
    says: str
    undo: Literal["nothing-to-undo", "reverted", "point-of-no-return"]


class PlanFacts(TypedDict):
    """What would be done; `preview` is the file with the SQL, `name_to_type` what a typed consent types."""

    id: str
    mode: str
    summary: dict[str, Any]
    warnings: list[str]
    needs_approval: Literal["none", "yes", "typed"]
    name_to_type: str | None
    preview: str | None
    steps: list[PlanStep]


class FindingFacts(TypedDict):
    """One danger of one statement."""

    rule: str
    level: str
    says: str
    statement: str


class RevisionRiskFacts(TypedDict):
    """What one revision does to production, and to older code."""

    revision: str
    level: str
    kind: str
    findings: list[FindingFacts]


class RiskFacts(TypedDict):
    """The highest level, and each revision's."""

    level: str
    revisions: list[RevisionRiskFacts]


class PlanDocument(TypedDict):
    """`--plan` of a deployment; `check` is the document of docs/check-json.md."""

    plan: PlanFacts
    risk: RiskFacts
    check: dict[str, Any] | None
    newest_verified_backup: BackupFacts | None


class RestorePlanDocument(TypedDict):
    """`restore --plan`; `losses` are sentences."""

    plan: PlanFacts
    losses: list[str]


class RevisionSqlFacts(TypedDict):
    """The downgrade of one revision; `unwritten` ran when it was tried, and its SQL does not show it."""

    revision: str
    sql: str | None
    problem: str
    unwritten: list[str]


class DowngradePlanDocument(TypedDict):
    """`downgrade --plan` and `rollback --with-schema --plan`; `rows` are counted by table.

    `method` is `measured` where it was tried on `server`. `text_alone_because` says why it, or the rest of it, was not.
    """

    plan: PlanFacts
    risk: RiskFacts
    method: Literal["measured", "parsed"]
    server: str
    text_alone_because: str
    sql: list[RevisionSqlFacts]
    rows: dict[str, int]
    losses: list[str]


class LeftFacts(TypedDict):
    """A release that production went away from."""

    release: str
    image_id: str
    at: NotRequired[datetime]
    because: NotRequired[str]


class HistoryDocument(TypedDict):
    """`history`, newest first."""

    deployments: list[DeploymentFacts]
    left: list[LeftFacts]


class HistoryPagesDocument(TypedDict):
    """`history --html FILE`: the file, and whose pages stand beside it."""

    index: str
    deployments: list[str]


class ReportDocument(TypedDict):
    """`report`: the file."""

    report: str
