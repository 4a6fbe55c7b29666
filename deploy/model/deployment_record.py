"""What a report of one deployment is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.model.backups import Backup
from deploy.model.deployments import Deployment, StepRecord


@dataclass(frozen=True)
class LogLine:
    """One line that the operator saw."""

    at: datetime
    text: str


@dataclass(frozen=True)
class DeploymentRecord:
    """One deployment with everything that was kept of it.

    Attributes:
        journal: every entry, in order; `deployment.steps` holds the last of each step alone.
        backups: those that this deployment took and that are still kept.
        log_lines: what was said while it ran.
        watched: what the watch kept: `before`, `after`, `samples`, `passed`; empty where nothing was watched.
        checklist: as `deploy checklist` stored it; empty where nobody did.
    """

    deployment: Deployment
    journal: tuple[StepRecord, ...]
    backups: tuple[Backup, ...] = ()
    log_lines: tuple[LogLine, ...] = ()
    checklist: Mapping[str, Any] = field(default_factory=dict)
    watched: Mapping[str, Any] = field(default_factory=dict)
