"""`report`: one deployment as a page for a browser."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.cli.documents.deployments import HistoryPagesDocument, ReportDocument
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter


@click.command("report", short_help="Write a page about one deployment, for a browser.")
@click.argument("deployment_id", required=False, metavar="[DEPLOYMENT]")
@click.option(
    "--output", "path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="The file to write [default: in reports/ of the state directory].",
)
@json_option
@click.pass_obj
def report_command(invocation: Invocation, deployment_id: str | None, path: Path | None, has_json: bool) -> None:
    """Write a page about one deployment: steps, times, locks, risk, backup, log. The page loads nothing.

    DEPLOYMENT is d0007, or 7; without it, the newest deployment.
    """
    from deploy.commands.report import write_report  # keeps --help quick

    invocation.has_json |= has_json
    written = write_report(load(invocation), deployment_id, path)
    if invocation.has_json:
        document: ReportDocument = {"report": str(written)}
        emit(document)
    else:
        make_reporter(has_json=False).say(f"{written}")


def write_history_pages(invocation: Invocation, path: Path, limit: int) -> None:
    """`history --html`: the index, and a page for each deployment."""
    from deploy.commands.report import write_index  # keeps --help quick

    deployments = write_index(load(invocation), path, limit)
    if invocation.has_json:
        document: HistoryPagesDocument = {
            "index": str(path), "deployments": [d.deployment_id for d in deployments]
        }
        emit(document)
    else:
        make_reporter(has_json=False).say(f"{path}: {len(deployments)} deployments")
