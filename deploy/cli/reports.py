"""Commands that only look: status, history, health."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter
from deploy.cli.render_reports import (
    health_to_json,
    history_to_json,
    say_health,
    say_history,
    say_status,
    status_to_json,
)
from deploy.model.errors import EXIT_BLOCKED


def run_health(invocation: Invocation) -> int:
    """`health` and `--health-check` alone; 0 when all agree, 1 when not, 3 when not all could be looked at."""
    from deploy.commands.health import check_health  # noqa: PLC0415 - the Docker SDK is not for `history`

    reporter = make_reporter(invocation.has_json)
    report = check_health(load(invocation), reporter)
    if invocation.has_json:
        emit(health_to_json(report))
    else:
        say_health(reporter, report)
    return report.exit_code


@click.command("health")
@json_option
@click.pass_obj
def health_command(invocation: Invocation, has_json: bool) -> None:
    """Ask container, edge and database once; exit 1 when something does not agree."""
    invocation.has_json |= has_json
    sys.exit(run_health(invocation))


@click.command("status")
@json_option
@click.pass_obj
def status_command(invocation: Invocation, has_json: bool) -> None:
    """What runs, where the database is, what is wrong or unfinished; exit 3 when something is."""
    from deploy.commands.status import read_status  # noqa: PLC0415

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    status = read_status(load(invocation), reporter)
    if invocation.has_json:
        emit(status_to_json(status))
    else:
        say_status(reporter, status)
    sys.exit(0 if status.is_ok else EXIT_BLOCKED)


@click.command("history")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="How many, newest first.")
@click.option(
    "--html", "html_path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write an index for a browser, with a page for each.",
)
@json_option
@click.pass_obj
def history_command(invocation: Invocation, limit: int, html_path: Path | None, has_json: bool) -> None:
    """What was deployed, by whom, with which result."""
    from deploy.commands.history import read_history  # noqa: PLC0415

    invocation.has_json |= has_json
    if html_path is not None:
        from deploy.cli.report import write_history_pages  # noqa: PLC0415

        write_history_pages(invocation, html_path, limit)
        return
    history = read_history(load(invocation), limit)
    if invocation.has_json:
        emit(history_to_json(history))
    else:
        say_history(make_reporter(has_json=False), history)
