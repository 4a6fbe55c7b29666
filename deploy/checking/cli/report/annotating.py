"""What SARIF and GitHub annotations share: the three severities, the message, and a place for every finding."""

from __future__ import annotations

from urllib.parse import quote

from deploy.checking.cli.report.words import code_text, say_bytes, say_rows, say_seconds, shorten
from deploy.model.check import CheckReport
from deploy.model.risk import Finding, RiskLevel

# Code scanning refuses a whole file of results when one of them has no place.
PLACE_OF_LAST_RESORT = "alembic.ini"


def severity(level: RiskLevel) -> str:
    """`error` for what needs --manual-migrate, `warning` for what wants a look, `note` for the rest."""
    if level >= RiskLevel.HIGH:
        return "error"
    return "warning" if level is RiskLevel.MEDIUM else "note"


def relative_uri(path: str) -> str:
    """As a URI beneath the repository's root."""
    return quote(path.replace("\\", "/").removeprefix("./").lstrip("/"))


def place_of(finding: Finding, report: CheckReport) -> tuple[str, int]:
    """The finding's file and line, or the first line of its revision's file, or of alembic.ini."""
    if finding.path:
        return finding.path, max(finding.line, 1)
    same = [r.path for r in report.risk.revisions if r.revision_id == finding.revision_id]
    same += [s.path for s in report.statements if s.revision_id == finding.revision_id]
    return next((path for path in same if path), PLACE_OF_LAST_RESORT), 1


def message_of(finding: Finding) -> str:
    """What it does, who waits, how long, and what is lost: one paragraph, and the safe form beneath."""
    parts = [finding.says]
    if finding.lock:
        parts.append(finding.lock)
    size = [say_rows(finding.rows)] if finding.rows is not None else []
    size += [say_bytes(finding.bytes)] if finding.bytes is not None else []
    if finding.table and size:
        parts.append(f"{finding.table} holds {', '.join(size)}")
    if finding.hold_seconds is not None:
        parts.append(f"held {say_seconds(finding.hold_seconds)} (estimated)")
    if finding.loses:
        parts.append(f"lost without a backup: {finding.loses}")
    if finding.breaks_older_code:
        parts.append("breaks code that runs now")
    text = ". ".join(shorten(part, 500) for part in parts) + "."
    return "\n".join((text, "", "Safe form:", *code_text(finding.safe_form))) if finding.safe_form else text
