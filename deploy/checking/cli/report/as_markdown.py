"""Markdown for a pull request's comment and for the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.cli.report.markdown_text import block, bold, cell, code, fold, table, text
from deploy.checking.cli.report.time_line import LEGEND, time_line
from deploy.checking.cli.report.words import (
    EVIDENCE,
    count,
    mark_of,
    say_hold,
    say_next,
    say_place,
    say_production,
    say_range,
    say_session,
    say_size,
    shorten,
)
from deploy.model.check import CheckReport
from deploy.model.redaction import redacted
from deploy.model.risk import Finding, RiskLevel

MARKER = "<!-- surefoot:check -->"
COMMENT_LIMIT = 65_000  # GitHub refuses a comment of more than 65,536 characters
ROWS_SHOWN = 50
TIME_LINE_COLUMNS = 100
DOTS = {
    RiskLevel.ADVICE: "⚪", RiskLevel.LOW: "🟢", RiskLevel.MEDIUM: "🟡", RiskLevel.HIGH: "🟠",
    RiskLevel.VERY_HIGH: "🔴",
}
_MARKS = {"ok": "✅ ", "!!": "⚠️ ", "??": "❔ ", "  ": ""}


def check_to_markdown(report: CheckReport, *, limit: int = COMMENT_LIMIT, docs_base: str = "") -> str:
    """A comment that starts with MARKER, by which a bot finds it again and updates it in place.

    Args:
        report: what was found.
        limit: characters at most; details that do not fit are counted instead.
        docs_base: what stands before `docs/rules/…`; without it rules are not linked.
    """
    return f"{MARKER}\n{markdown_body(redacted(report), limit=limit - len(MARKER) - 1, docs_base=docs_base)}"


def markdown_body(report: CheckReport, *, limit: int, docs_base: str = "") -> str:
    """The same without the marker; `report` is redacted already, `limit` is in bytes of UTF-8."""
    parts: list[str] = []
    room, left_out = limit - 200, 0
    for part in _parts(report, docs_base):
        size = len(part.encode()) + 2
        if size > room:
            left_out += 1
            continue
        room -= size
        parts.append(part)
    if left_out:
        parts.append(f"_{count(left_out, 'section')} left out: too long here; the whole report is in the JSON._")
    return "\n\n".join(parts) + "\n"


def _parts(report: CheckReport, docs_base: str) -> Iterator[str]:
    """In order of weight: where room ends, the last ones go."""
    yield _verdict(report)
    yield from (f"> ⚠️ {text(warning)}" for warning in report.warnings)
    if not report.risk.revisions:
        return
    if report.answers:
        answers = [(cell(a.question), _MARKS[mark_of(a)] + cell(a.answer)) for a in report.answers]
        yield table(("question", "answer"), answers)
    findings = sorted(report.risk.findings, key=lambda finding: -finding.level)
    if findings:
        yield _findings_table(findings, docs_base)
    yield from (_details(finding) for finding in findings if finding.level >= RiskLevel.MEDIUM)
    lines = time_line(report, TIME_LINE_COLUMNS)
    if lines:
        yield fold("Time line of the locks", f"{text(LEGEND)}\n\n{block(chr(10).join(lines))}")
    if report.review:
        rows = [(cell(line.topic), cell(line.verdict), cell(", ".join(line.places))) for line in report.review]
        yield fold("File review", table(("look at", "found", "where"), rows))
    if report.environment:
        yield fold("env.py", "\n\n".join(_environment(report)))


def _verdict(report: CheckReport) -> str:
    production = f"Production: {text(say_production(report))}"
    if report.risk.revisions:
        level = report.risk.level
        lines = [f"## {DOTS[level]} Migration check: {level.label} risk", ""]
        mode = f"{code(report.advice.mode)}, backup {bold(report.advice.backup)}"
        fails = bold("it fails; repair it before you deploy")
        lines += [fails if report.advice.repairs else mode, ""]
        lines += [f"{text(say_range(report))}<br>", production]
    else:
        lines = ["## Migration check: no migration is pending", "", production]
    if say_session(report):
        lines[-1] += f"<br>\nSession: {text(say_session(report))}"
    if report.advice.repairs:
        lines += ["", f"Next: {text(say_next(report))}"]
    elif report.advice.next_command:
        lines += ["", "Next:", "", block(report.advice.next_command, "sh")]
    return "\n".join(lines)


def _findings_table(findings: list[Finding], docs_base: str) -> str:
    rows = [
        (
            f"{DOTS[f.level]} {f.level.label}", _rule(f, docs_base), code(say_place(f.path, f.line, is_short=True)),
            cell(say_size(f)), cell(shorten(f.says, 300)), cell(_hold(f)),
        )
        for f in findings[:ROWS_SHOWN]
    ]
    shown = table(("risk", "rule", "where", "table", "what it does", "hold"), rows)
    more = len(findings) - ROWS_SHOWN
    return f"{shown}\n\n_and {more:,} more_" if more > 0 else shown


def _rule(finding: Finding, docs_base: str) -> str:
    name = code(finding.rule)
    return f"[{name}]({docs_base}docs/rules/{finding.rule}.md)" if docs_base else name


def _hold(finding: Finding) -> str:
    if finding.hold_seconds is None and not finding.lock:
        return ""
    return say_hold(finding.hold_seconds)


def _details(finding: Finding) -> str:
    place = say_place(finding.path, finding.line)
    facts = [
        ("does", finding.says), ("lock", finding.lock), ("table", say_size(finding)), ("hold", _hold(finding)),
        ("loses", finding.loses),
        ("breaks", "code that runs now may fail on the result" if finding.breaks_older_code else ""),
        ("known", EVIDENCE.get(finding.evidence, finding.evidence)),
    ]
    parts = [block(shorten(finding.statement, 1000), "sql")] if finding.statement else []
    parts.append("\n".join(f"- {bold(name)}: {text(value)}" for name, value in facts if value))
    if finding.safe_form:
        parts += ["Safe form:", block(finding.safe_form.strip("\n"), "python")]
    title = f"{DOTS[finding.level]} {finding.rule} in {finding.revision_id}{f', {place}' if place else ''}"
    return fold(title, "\n\n".join(parts))


def _environment(report: CheckReport) -> Iterator[str]:
    for advice in report.environment:
        place = say_place(advice.path, advice.line)
        where = f" ({code(place)})" if place else ""
        says = f"{bold(advice.topic)}: {text(advice.says)}{where}"
        yield f"{says}\n\n{block(advice.code, 'python')}" if advice.code else says
