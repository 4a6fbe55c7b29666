"""`check`: today's migration preview, for migration-check.sh and `make migrate-check`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter, risk_to_json, say_risk
from deploy.commands.checking import check_migrations


@click.command("check")
@click.option("--image", "image_reference", metavar="REF", help="Another image than the repository's latest.")
@click.option(
    "--output", "output_path", type=click.Path(path_type=Path), default=Path("migration_preview.sql"),
    show_default=True, help="Where the SQL goes.",
)
@json_option
@click.pass_obj
def check_command(invocation: Invocation, image_reference: str | None, output_path: Path, has_json: bool) -> None:
    """Judge what the image would apply to the database; nothing is changed."""
    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    risk = check_migrations(load(invocation), image_reference, output_path, reporter)
    if invocation.has_json:
        emit({"risk": risk_to_json(risk)})
        return
    say_risk(reporter, risk)
    if risk.revisions:
        reporter.say(f"the SQL is in {output_path}")
