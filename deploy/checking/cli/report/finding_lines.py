"""Findings in the terminal's report, grouped by revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from deploy.checking.cli.report.layout import LEVEL_STYLES, Line, code_lines, labelled, prose
from deploy.checking.cli.report.words import EVIDENCE, is_folded, say_hold, say_place, say_size, shorten
from deploy.model.check import CheckReport
from deploy.model.risk import Finding, RevisionRisk


def finding_lines(report: CheckReport, width: int, *, is_verbose: bool) -> list[Line]:
    """Every revision with something to say; the short view counts what is below medium."""
    lines: list[Line] = []
    for revision in report.risk.revisions:
        shown = [f for f in revision.findings if is_verbose or not is_folded(f)]
        if shown:
            lines += _revision(revision, shown, width, is_verbose=is_verbose)
    folded = [] if is_verbose else [f for f in report.risk.findings if is_folded(f)]
    if lines:
        return lines + [line for line in (Line(""), *_folded(folded, width)) if folded]
    nothing = "no finding" if is_verbose else "no finding of medium risk or above"
    return [Line(""), *prose(nothing, width), *_folded(folded, width)]


def _revision(revision: RevisionRisk, findings: Sequence[Finding], width: int, *, is_verbose: bool) -> list[Line]:
    name = ", ".join(part for part in (revision.revision_id, revision.message) if part)
    why = f"; {', '.join(revision.asks_because)}" if revision.asks_because else ""
    title = f"revision {shorten(name)}: {revision.level.label} risk, {revision.kind.value}{why}"
    lines = [Line(""), *prose(title, width, style="bold")]
    for finding in sorted(findings, key=lambda finding: -finding.level):
        lines += _finding(finding, width, is_verbose=is_verbose)
    return lines


def _finding(finding: Finding, width: int, *, is_verbose: bool) -> list[Line]:
    style = LEVEL_STYLES[finding.level]
    place = say_place(finding.path, finding.line)
    where = f" in {place}" if place else ""
    lines = prose(f"{finding.level.label.upper()}: {finding.rule}{where}", width, indent=2, style=style)
    if finding.statement:
        lines += prose(shorten(finding.statement, 1000 if is_verbose else 200), width, indent=4, style="cyan")
    lines += prose(finding.says, width, indent=4, hang=0)
    lines += labelled("lock", finding.lock, width)
    lines += labelled("table", say_size(finding), width)
    if finding.lock or finding.hold_seconds is not None:
        lines += labelled("hold", say_hold(finding.hold_seconds), width)
    lines += labelled("loses", finding.loses, width, style="bold")
    if finding.breaks_older_code:
        lines += labelled("breaks", "code that runs now may fail on the result", width)
    if is_verbose:
        lines += labelled("known", EVIDENCE.get(finding.evidence, finding.evidence), width)
    if finding.safe_form:
        lines += [Line("    safe form:"), *code_lines(finding.safe_form, width, indent=6)]
    return lines


def _folded(findings: Sequence[Finding], width: int) -> list[Line]:
    if not findings:
        return []
    levels = Counter(finding.level for finding in findings)
    counts = ", ".join(f"{levels[level]} {level.label}" for level in sorted(levels, reverse=True))
    rules = ", ".join(dict.fromkeys(finding.rule for finding in findings))
    return prose(f"not shown: {counts} ({rules}); --verbose shows them", width)
