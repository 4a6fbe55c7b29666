"""GitHub Actions: annotations on the changed files, and the summary of the job."""

from __future__ import annotations

from deploy.checking.cli.report.annotating import message_of, severity
from deploy.checking.cli.report.as_markdown import markdown_body
from deploy.checking.cli.report.words import code_text, one_line
from deploy.model.check import CheckReport, EnvironmentAdvice
from deploy.model.redaction import redacted
from deploy.model.risk import Finding

SUMMARY_LIMIT = 1_000_000  # bytes that GitHub takes for one step, less a margin
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def check_to_annotations(report: CheckReport) -> list[str]:
    """One workflow command a finding, the worst first: GitHub shows ten of a kind for each step. And what is not known.

    Returns:
        lines for standard output, such as `::error file=…,line=31,title=…::message`.
    """
    clean = redacted(report)
    worst_first = sorted(clean.risk.findings, key=lambda finding: -finding.level)
    lines = [_finding(finding) for finding in worst_first]
    lines += [_command("warning", "", 0, a.question, one_line(a.answer)) for a in clean.answers if not a.is_known]
    return lines + [_advice(advice) for advice in clean.environment]


def check_to_step_summary(report: CheckReport, *, docs_base: str = "") -> str:
    """Markdown to append to the file that GITHUB_STEP_SUMMARY names."""
    return markdown_body(redacted(report), limit=SUMMARY_LIMIT, docs_base=docs_base)


def _finding(finding: Finding) -> str:
    title = f"{finding.level.label} risk: {finding.rule}"
    return _command(_COMMANDS[severity(finding.level)], finding.path, finding.line, title, message_of(finding))


def _advice(advice: EnvironmentAdvice) -> str:
    lines = [one_line(advice.says), *(["", *code_text(advice.code)] if advice.code else [])]
    return _command("notice", advice.path, advice.line, one_line(advice.topic), "\n".join(lines))


def _command(name: str, path: str, line: int, title: str, message: str) -> str:
    """An annotation without a file stands on the run itself."""
    fields = [("file", path.removeprefix("./"))] if path else []
    fields += [("line", str(line))] if path and line else []
    fields += [("title", title)]
    return f"::{name} {','.join(f'{key}={_property(value)}' for key, value in fields)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
