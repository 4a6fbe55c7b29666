"""`surefoot: ignore RULE -- reason` beside a statement: the finding goes, the reason stays."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.checking.risk.evidence import PendingRevision
from deploy.model.releases import IgnoreComment
from deploy.model.risk import Finding, RiskLevel

UNUSED, WITHOUT_REASON = "unused_ignore", "ignore_without_reason"
# A statement may begin a few lines below its comment: decorators, an opening bracket.
LINES_ABOVE = 3


def apply_ignores(
    revision: PendingRevision, findings: Sequence[Finding], comments: Sequence[IgnoreComment]
) -> tuple[list[Finding], list[Finding]]:
    """What is left, and findings about the comments themselves.

    A comment counts for the statement on its line or just below it; for a danger of the whole revision, anywhere.
    """
    used: set[IgnoreComment] = set()
    kept = []
    for finding in findings:
        comment = next((c for c in comments if c.reason and _fits(c, finding)), None)
        if comment is None:
            kept.append(finding)
        else:
            used.add(comment)
    told = [_about(revision, c) for c in comments if c not in used]
    return kept, told


def _fits(comment: IgnoreComment, finding: Finding) -> bool:
    if comment.rule.replace("-", "_") != finding.rule:
        return False
    return finding.line == 0 or 0 <= finding.line - comment.line <= LINES_ABOVE


def _about(revision: PendingRevision, comment: IgnoreComment) -> Finding:
    if comment.reason:
        name, says = UNUSED, f"nothing to ignore here: no finding of {comment.rule} at this line"
        level = RiskLevel.LOW
    else:
        name, says = WITHOUT_REASON, f"ignoring {comment.rule} needs a reason: `ignore {comment.rule} -- why`"
        level = RiskLevel.MEDIUM
    return Finding(name, revision.revision_id, level, "", says, revision.path, comment.line)
