"""`health`, in words and as JSON."""

from __future__ import annotations

import sys

import click

from deploy.cli.documents.looking import CheckFacts, HealthDocument
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter
from deploy.model.doors import Reporter
from deploy.model.results import HealthReport


@click.command("health", short_help="Check containers, edge and database once.")
@json_option
@click.pass_obj
def health_command(invocation: Invocation, has_json: bool) -> None:
    """Check containers, edge and database once; exit 1 if something is not ok."""
    invocation.has_json |= has_json
    sys.exit(run_health(invocation))


def run_health(invocation: Invocation) -> int:
    """`health` and `--health-check` alone; 0 when all agree, 1 when not, 3 when not all could be looked at."""
    from deploy.commands.health import check_health  # the Docker SDK is not for `history`

    reporter = make_reporter(invocation.has_json)
    report = check_health(load(invocation), reporter)
    if invocation.has_json:
        emit(health_to_json(report))
    else:
        say_health(reporter, report)
    return report.exit_code


def say_health(reporter: Reporter, report: HealthReport) -> None:
    """One line a question, and what comes next where something does not agree."""
    for check in report.checks:
        word = "ok  " if check.is_ok else ("FAIL" if check.is_known else "?   ")
        reporter.say(f"{word} {check.name}: {check.says}")
    if not report.is_ok:
        reporter.say(f"next: {report.next_command or './scripts/deploy.sh status'}")


def health_to_json(report: HealthReport) -> HealthDocument:
    """The questions and the sum."""
    checks: list[CheckFacts] = [
        {"name": c.name, "ok": c.is_ok, "is_known": c.is_known, "says": c.says} for c in report.checks
    ]
    return {"ok": report.is_ok, "checks": checks, "next_command": report.next_command or None}
