"""`watch`: look for some minutes; 0 when nothing was confirmed, 1 when something was."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from deploy.cli.documents.looking import WatchedRates, WatchEndedDocument, WatchFinding, WatchSampleDocument
from deploy.cli.options import Invocation, json_option, load
from deploy.model.errors import EXIT_DONE, EXIT_FAILED_AND_UNDONE

if TYPE_CHECKING:
    from deploy.model.watching import Finding, Rates, WatchReport


@click.command("watch", short_help="Watch edge, containers, log and database for some minutes.")
@click.option(
    "--minutes", type=click.FloatRange(min=0), default=None, metavar="MINUTES",
    help="How long to watch; 0: until Ctrl-C. Default: DEPLOY_WATCH_MINUTES.",
)
@json_option
@click.pass_obj
def watch_command(invocation: Invocation, minutes: float | None, has_json: bool) -> None:
    """Watch edge, containers, log and database, compared with their first seconds; exit 1 at a confirmed problem.

    It changes nothing. With --json: one event a line.
    """
    from deploy.cli.render import emit_line, make_reporter
    from deploy.commands.watch import watch

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    last: WatchReport | None = None
    try:
        with closing(watch(load(invocation), reporter, minutes)) as reports:
            for report in reports:
                last = report
                if invocation.has_json:
                    emit_line(event_of(report))
    finally:
        reporter.stop_moving()
    if last is None:
        return
    if invocation.has_json:
        emit_line(ending_of(last))
    elif last.breaches:
        reporter.say(f"found: {'; '.join(finding.says for finding in last.breaches)}")
        reporter.say("next: ./scripts/deploy.sh rollback, or find out more with ./scripts/deploy.sh monitor")
    elif last.undecided:
        from deploy.cli.watch_words import finding_words

        what = "; ".join(finding_words(finding) for finding in last.undecided)
        reporter.say(f"{last.number} samples in {last.elapsed_seconds / 60:.1f} min, and no answer: {what}")
    else:
        reporter.say(f"{last.number} samples in {last.elapsed_seconds / 60:.1f} min, nothing confirmed")
    sys.exit(EXIT_FAILED_AND_UNDONE if last.breaches else EXIT_DONE)


def event_of(report: WatchReport) -> WatchSampleDocument:
    """One sample as an event (docs/commands/watch.md)."""
    sample = report.sample
    return {
        "event": "sample", "number": report.number, "elapsed_seconds": round(report.elapsed_seconds, 1),
        "total_seconds": report.total_seconds,
        "edge": sample.edge,
        "rates": _rates(report.rates) if report.rates else None,
        "containers": list(sample.containers),
        "restart_count": sample.restart_count, "out_of_memory_count": sample.out_of_memory_count,
        "log": dict(sample.log.counts), "probe_seconds": sample.probe_seconds,
        "database": sample.database.totals if sample.database else None,
        "blocked": [blocked.says for blocked in sample.database.blocked] if sample.database else [],
        "problems": [
            problem for problem in (
                sample.edge_problem, sample.container_problem, sample.database_problem, sample.probe_problem
            ) if problem
        ],
        "findings": [_finding(finding) for finding in report.findings],
        "breaches": [_finding(finding) for finding in report.breaches],
        "undecided": [_finding(finding) for finding in report.undecided],
    }


def ending_of(report: WatchReport) -> WatchEndedDocument:
    """The last event."""
    return {
        "event": "ended", "passed": not report.breaches and not report.undecided, "samples": report.number,
        "elapsed_seconds": round(report.elapsed_seconds, 1), "breaches": [_finding(f) for f in report.breaches],
        "undecided": [_finding(f) for f in report.undecided],
    }


def _rates(rates: Rates) -> WatchedRates:
    return {
        "seconds": rates.seconds, "responses": rates.responses, "failed": rates.failed,
        "average_ms": rates.average_ms, "average_error_ms": rates.average_error_ms, "deadlocks": rates.deadlocks,
        "scans_per_second": dict(rates.scans_per_second), "overloaded": rates.overloaded,
        "table_scans": rates.table_scans, "machine": rates.machine, "failed_percent": rates.failed_percent,
    }


def _finding(finding: Finding) -> WatchFinding:
    return {
        "kind": finding.kind, "says": finding.says, "counts": finding.is_breach, "held_because": finding.held_because,
    }
