"""What to do with the judgement: mode, backup, and the command that comes next (M1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from deploy.model.check import Advice, CheckedStatement
from deploy.model.releases import RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport

OPTIONAL, RECOMMENDED, REQUIRED = "optional", "recommended", "required"
# Findings after which only a backup helps, whatever their level.
NEEDS_BACKUP = frozenset({"loss", "data"})
CHECK_COMMAND = "./scripts/migration-check.sh"


def backup_advice(risk: RiskReport) -> str:
    """`optional`, `recommended` or `required`: the seeds' table, and every loss."""
    if risk.level >= RiskLevel.HIGH or any(r.kinds_of_danger & NEEDS_BACKUP for r in risk.revisions):
        return REQUIRED
    return RECOMMENDED if risk.level is RiskLevel.MEDIUM else OPTIONAL


def advise(risk: RiskReport, statements: Sequence[CheckedStatement]) -> Advice:
    """One mode, one backup word, one command; no command where nothing is pending, the check again where one fails."""
    backup = backup_advice(risk)
    is_partial = any(not item.transaction and item.is_block for item in statements)
    if is_partial and backup == OPTIONAL:
        backup = RECOMMENDED
    mode = "--auto-migrate" if risk.level < RiskLevel.HIGH else "--manual-migrate"
    words = ["./scripts/deploy.sh", mode]
    if backup != OPTIONAL:
        words.append("--backup")
    words.append("--health-check")
    repairs = tuple(_place(revision) for revision in risk.revisions if revision.failure)

    def of_kind(kind: RevisionKind) -> tuple[str, ...]:
        return tuple(r.revision_id for r in risk.revisions if r.kind is kind)

    next_command = CHECK_COMMAND if repairs else " ".join(words)
    return Advice(
        mode, backup, of_kind(RevisionKind.EXPAND), of_kind(RevisionKind.CONTRACT), of_kind(RevisionKind.UNKNOWN),
        next_command if risk.revisions else "", repairs,
    )


def _place(revision: RevisionRisk) -> str:
    """`0007 (0007_add.py:21)`."""
    found = next((f for f in revision.findings if f.says == revision.failure), None)
    path = (found.path if found else "") or revision.path
    line = f":{found.line}" if found and found.line else ""
    name = PurePath(path).name
    return f"{revision.revision_id} ({name}{line})" if name and name != revision.revision_id else (
        f"{revision.revision_id}{line}"
    )
