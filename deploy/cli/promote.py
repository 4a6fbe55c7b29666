"""`promote`: what passed in staging goes to production, the same image."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from deploy.cli.consent import read_wish
from deploy.cli.deploying import read_request, run_request
from deploy.cli.documents.projects import PassedDocument
from deploy.cli.options import Invocation, find_project, json_option, load, release_number, request_options
from deploy.cli.render import emit, make_reporter
from deploy.model.errors import UsageError
from deploy.model.passed import PassedImage

FileOption = click.Path(path_type=Path, dir_okay=False)


@click.command("promote", short_help="Deploy exactly the image that passed in staging.")
@click.option(
    "--from", "from_name", default="staging", show_default=True, metavar="NAME",
    help="The environment where the image passed.",
)
@click.option(
    "--release", "release", metavar="RELEASE", help="A release of that environment [default: the one that runs].",
)
@click.option(
    "--save", "save_path", type=FileOption, metavar="FILE",
    help="Only write what passed into FILE, for another machine.",
)
@click.option(
    "--passed", "passed_path", type=FileOption, metavar="FILE", help="The file that --save wrote on the other machine.",
)
@request_options
@json_option
@click.pass_obj
def promote_command(
    invocation: Invocation, /, from_name: str, release: str | None, save_path: Path | None, passed_path: Path | None,
    has_json: bool, **words: Any,
) -> None:
    """Deploy exactly the image that passed in staging; accepts the flags of a deployment."""
    invocation.has_json |= has_json
    _require_no_image(words)
    number = _number(from_name, release)
    if save_path is not None:
        _save(invocation, from_name, number, save_path)
        return
    request = read_request(words)
    if request is None or request.mode.value not in {"auto-migrate", "manual-migrate", "skip-migrate"}:
        raise UsageError(
            "promote needs a mode: --auto-migrate, --manual-migrate or --skip-migrate",
            hint="./scripts/deploy.sh promote --auto-migrate --health-check", reference="no-mode",
        )
    passed, reference = _passed(invocation, from_name, number, passed_path)
    make_reporter(invocation.has_json).say(
        f"{passed.image_id[7:19]} passed in {passed.environment_name} as {passed.release} ({passed.deployment_id})"
    )
    sys.exit(run_request(invocation, replace(request, image_reference=reference), read_wish(words)))


def _passed(
    invocation: Invocation, from_name: str, number: int | None, path: Path | None
) -> tuple[PassedImage, str]:
    """What passed, and the reference to deploy it by."""
    from deploy.commands.promote import passed_image, take_passed  # keeps --help quick

    if path is not None:
        taken = take_passed(load(invocation), path)
        return taken, taken.reference
    passed = passed_image(find_project(invocation.project_directory), from_name, number)
    # The release that runs there is on this machine; an older one may have lost its image.
    return passed, passed.image_id if number is None else passed.reference


def _save(invocation: Invocation, from_name: str, number: int | None, path: Path) -> None:
    from deploy.commands.promote import passed_image, save_passed  # keeps --help quick

    passed = passed_image(find_project(invocation.project_directory), from_name, number)
    save_passed(passed, path)
    if invocation.has_json:
        document: PassedDocument = {"passed": passed, "file": str(path)}
        emit(document)
    else:
        make_reporter(has_json=False).say(f"{path}: {passed.release} of {from_name}, {passed.digest}")


def _require_no_image(words: dict[str, Any]) -> None:
    if words["images"] or words["has_pull"] or words["has_build"]:
        raise UsageError(
            "promote deploys the image that passed: --image, --pull and --build cannot be used with it",
            hint="./scripts/deploy.sh promote --auto-migrate --release 7", reference="usage",
        )


def _number(from_name: str, release: str | None) -> int | None:
    """Of that environment's history, not of production's."""
    if release is None or release.removeprefix("release-").isdigit():
        return release_number(release)
    raise UsageError(
        f"{release!r} is not a release", hint=f"./scripts/deploy.sh --env {from_name} history",
        reference="bad-release",
    )
