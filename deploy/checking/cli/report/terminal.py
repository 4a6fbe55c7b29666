"""The report for a person at a terminal: the verdict and the next command first, the reasons beneath.

It is laid out as plain lines that fit the width; Rich only adds colour.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from deploy.checking.cli.report.finding_lines import finding_lines
from deploy.checking.cli.report.layout import Line, heading, prose
from deploy.checking.cli.report.sections import answer_lines, environment_lines, fact_lines, review_lines, verdict_lines
from deploy.checking.cli.report.statement_lines import statement_lines
from deploy.checking.cli.report.time_line import LEGEND, time_line
from deploy.checking.cli.report.words import count
from deploy.cli.progress import TerminalReporter
from deploy.model.check import CheckReport
from deploy.model.doors import Reporter
from deploy.model.redaction import redacted
from deploy.model.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_COLUMNS = 80
LEAST_COLUMNS = 40
MOST_COLUMNS = 110  # longer lines are hard to read


def say_check(
    out: Reporter | Console, report: CheckReport, *, is_verbose: bool = False, has_next: bool = True,
    width: int | None = None,
) -> None:
    """Print the report.

    Args:
        out: a Rich console, or a reporter: the terminal's gets colour, any other plain lines.
        report: what was found.
        is_verbose: all findings, all locks, each statement with what was measured.
        has_next: the command that comes next; a deployment says its own.
        width: in columns; the terminal's where it is not given, 80 where there is none.
    """
    report = report if has_next else replace(report, advice=replace(report.advice, next_command=""))
    console = _console_of(out)
    if console is None:
        for line in report_lines(report, width or PLAIN_COLUMNS, is_verbose=is_verbose):
            cast("Reporter", out).say(line.text)
        return
    from rich.text import Text  # heavy, and only for a terminal

    with suppress(OSError):  # the terminal went away
        for line in report_lines(report, width or min(console.width, MOST_COLUMNS), is_verbose=is_verbose):
            console.print(Text(visible(line.text), style=line.style), soft_wrap=True)


def check_to_text(report: CheckReport, *, is_verbose: bool = False, width: int = PLAIN_COLUMNS) -> str:
    """The same as one text without colour, for a file."""
    return "".join(f"{line.text}\n" for line in report_lines(report, width, is_verbose=is_verbose))


def report_lines(report: CheckReport, width: int, *, is_verbose: bool) -> list[Line]:
    """The whole report; no line is wider than `width` (at least 40)."""
    width = max(width, LEAST_COLUMNS)
    clean = redacted(report)
    lines = verdict_lines(clean, width)
    lines += fact_lines(clean, width, is_verbose=is_verbose)
    if clean.risk.revisions:
        lines += answer_lines(clean, width)
        lines += finding_lines(clean, width, is_verbose=is_verbose)
        lines += review_lines(clean, width, is_verbose=is_verbose)
        lines += _time_line(clean, width, is_verbose=is_verbose)
    lines += environment_lines(clean, width)
    return lines + statement_lines(clean, width) if is_verbose else lines


def _time_line(report: CheckReport, width: int, *, is_verbose: bool) -> list[Line]:
    lines = time_line(report, width, is_verbose=is_verbose)
    if not lines and report.windows:
        says = f"time line: no reader or writer waits 1 s or longer (estimated); {count(len(report.windows), 'lock')}"
        return [Line(""), *prose(f"{says}, --verbose shows the bars", width)]
    if not lines:
        return []
    return [*heading(f"time line ({LEGEND})", width), *(Line(line) for line in lines)]


def _console_of(out: Reporter | Console) -> Console | None:
    """Rich's console where there is a terminal; Rich is not imported for plain lines."""
    if isinstance(out, TerminalReporter):
        from rich.console import Console

        return Console(highlight=False)
    return None if hasattr(out, "say") else out
