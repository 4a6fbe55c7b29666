"""The pending revisions, judged: for every mode that runs some."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from deploy.checking.commands.preview import judge_pending, write_preview
from deploy.commands.prepared import DeploymentDetails
from deploy.model.check import CheckReport
from deploy.model.deployments import DeployRequest
from deploy.model.doors import World
from deploy.model.errors import BlockedError, RefusedByCheck
from deploy.model.observed import Observed
from deploy.model.risk import RiskLevel, RiskReport
from deploy.planning.consent import Danger
from deploy.planning.gates import gate_failure, gate_risk, with_needed_backup
from deploy.settings.schema import Settings

PREVIEW_NAME = "migration_preview.sql"


@dataclass(frozen=True)
class Judged:
    """What the migration check found.

    Attributes:
        preview_path: the SQL, for a person; None where nothing is pending.
        schema: production's, as it was checked.
    """

    check: CheckReport
    preview_path: Path | None
    schema: str = field(repr=False)

    @property
    def risk(self) -> RiskReport:
        """Of every pending revision."""
        return self.check.risk


def judge(world: World, settings: Settings, observed: Observed) -> Judged:
    """Check what is pending, and write its SQL where a person can read it."""
    checked = judge_pending(world, settings, observed)
    path = write_preview(settings.state_directory / PREVIEW_NAME, checked.rendered, checked.report.risk)
    return Judged(checked.report, path, checked.schema)


def details_of(judged: Judged) -> DeploymentDetails:
    """What is shown beside the plan, and what an approval holds for."""
    return DeploymentDetails(judged.risk, judged.preview_path, judged.check, schema=judged.schema)


def danger_of(risk: RiskReport) -> Danger:
    """The check calls it very high where rows are lost or converted (requirements D2, M1)."""
    return Danger.VERY_HIGH_RISK if risk.level is RiskLevel.VERY_HIGH else Danger.NOTHING_LOST


def gate_check(check: CheckReport, request: DeployRequest) -> DeployRequest:
    """The request, with the backup that the check asks for.

    Raises:
        RefusedByCheck: the risk is too high for this mode, or a backup is needed and was refused.
    """
    try:
        gate_failure(check.risk, check.advice.repairs, request)
        gate_risk(check.risk, request)
        return with_needed_backup(request, check.advice.backup, check.risk)
    except BlockedError as error:
        raise RefusedByCheck(error, check) from None
