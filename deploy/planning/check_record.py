"""The migration check as it is kept with a deployment, and the short id that an approval holds for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from deploy.model.check import CheckReport
from deploy.model.redaction import redacted


def check_id(report: CheckReport) -> str:
    """First 8 hex digits of the SHA-256 of every finding's rule, place and level.

    Sizes and times are left out: a living table grows between the check and the approval. Where its growth raises
    a level, the id changes.
    """
    judged = [
        [revision.revision_id, revision.level.label, revision.kind.value]
        + [[f.rule, f.line, f.statement, f.level.label] for f in revision.findings]
        for revision in report.risk.revisions
    ]
    return hashlib.sha256(json.dumps(judged, separators=(",", ":")).encode()).hexdigest()[:8]


def check_record(report: CheckReport) -> dict[str, Any]:
    """Plain JSON values: the verdict, the findings, the answers; without the statements."""
    report = redacted(report)
    return {
        "check": check_id(report),
        "method": report.method,
        "server": report.server,
        "production": report.production,
        "risk": report.risk.level.label,
        "backup": report.advice.backup,
        "findings": [
            asdict(finding) | {"level": finding.level.label} for finding in report.risk.findings
        ],
        "answers": [asdict(answer) for answer in report.answers],
        "warnings": list(report.warnings),
    }
