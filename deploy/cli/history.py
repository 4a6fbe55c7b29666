"""`history`, in words and as JSON."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.cli.documents.deployments import HistoryDocument
from deploy.cli.left_releases import left_to_json, say_left
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import deployment_to_json, emit, make_reporter
from deploy.model.deployments import Deployment
from deploy.model.doors import Reporter
from deploy.model.results import History


@click.command("history", short_help="List what was deployed, by whom, with which result.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(min=1),
    help="How many deployments to list, newest first.",
)
@click.option(
    "--html", "html_path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write an index for a browser, and a page for each deployment.",
)
@json_option
@click.pass_obj
def history_command(invocation: Invocation, limit: int, html_path: Path | None, has_json: bool) -> None:
    """List what was deployed, by whom, and with which result."""
    from deploy.commands.history import read_history

    invocation.has_json |= has_json
    if html_path is not None:
        from deploy.cli.report import write_history_pages

        write_history_pages(invocation, html_path, limit)
        return
    history = read_history(load(invocation), limit)
    if invocation.has_json:
        emit(history_to_json(history))
    else:
        say_history(make_reporter(has_json=False), history)


def say_history(reporter: Reporter, history: History) -> None:
    """One line an attempt, newest first; then the releases that were left."""
    if not history.deployments:
        reporter.say("nothing was deployed yet")
    for d in history.deployments:
        took = f"{(d.ended_at - d.started_at).total_seconds():.0f} s" if d.ended_at else "unfinished"
        exit_code = "-" if d.exit_code is None else d.exit_code
        reporter.say(
            f"{d.deployment_id}  {d.started_at:%Y-%m-%d %H:%M:%S}  {d.plan.mode:<14}  {_target(d):<12}  "
            f"{d.state:<10}  exit {exit_code}  {took:>6}  {d.actor.user_name}@{d.actor.host_name}"
        )
    for release in history.left:
        reporter.say(f"left: {release.name}, {say_left(release)}")


def history_to_json(history: History) -> HistoryDocument:
    """Newest first."""
    return {
        "deployments": [deployment_to_json(d) for d in history.deployments],
        "left": [left_to_json(release) for release in history.left],
    }


def _target(deployment: Deployment) -> str:
    return str(deployment.plan.summary.get("release", "-"))
