"""`verify`: the project's data checks, now."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from deploy.cli.documents.looking import VerifyDocument
from deploy.cli.options import Invocation, json_option, load

PathOption = click.Path(path_type=Path, dir_okay=False)


@click.command("verify", short_help="Run the project's own checks of its data.")
@click.option(
    "--image", "image_reference", metavar="REF",
    help="The image whose Python runs the checks [default: that of the running release].",
)
@click.option("--save", "save_to", type=PathOption, help="Write the values into PATH, to compare with later.")
@click.option("--compare", "compare_with", type=PathOption, help="Compare with the values that --save wrote before.")
@json_option
@click.pass_obj
def verify_command(
    invocation: Invocation, image_reference: str | None, save_to: Path | None, compare_with: Path | None, has_json: bool
) -> None:
    """Run the project's own checks of its data (verify/*.sql, verify/*.py); exit 1 if one does not hold."""
    from deploy.cli.render import emit, make_reporter  # keeps --help quick
    from deploy.commands.verify_data import verify_data

    has_json |= invocation.has_json
    reporter = make_reporter(has_json)
    report = verify_data(
        load(invocation), reporter, image_reference=image_reference, compare_with=compare_with, save_to=save_to
    )
    if has_json:
        document: VerifyDocument = {
            "is_ok": report.is_ok,
            "checks": [{"name": v.name, "is_ok": v.is_ok, "says": v.says} for v in report.verdicts],
            "results": list(report.results),
        }
        emit(document)
    for verdict in report.verdicts if not has_json else ():
        reporter.say(f"{'ok' if verdict.is_ok else 'FAILED'}  {verdict.name}: {verdict.says}")
    sys.exit(0 if report.is_ok else 1)
