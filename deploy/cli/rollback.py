"""`rollback [--to RELEASE]`."""

from __future__ import annotations

import sys

import click

from deploy.cli.deploying import run_request
from deploy.cli.options import Invocation, approve_option, json_option, plan_option, watch_option, yes_option
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import UsageError


@click.command("rollback")
@click.option("--to", "to", metavar="RELEASE", help="A number or a name, such as 7 or release-7.")
@watch_option
@plan_option
@yes_option
@approve_option
@json_option
@click.pass_obj
def rollback_command(
    invocation: Invocation, to: str | None, is_plan_only: bool, is_confirmed: bool, approved_plan_id: str | None,
    has_json: bool, watch_minutes: float | None,
) -> None:
    """Go back to a kept good release: the last one, or the one that --to names.

    The schema stays where it is; refused where the older release cannot serve it.
    """
    invocation.has_json |= has_json
    request = DeployRequest(
        mode=Mode.ROLLBACK, has_health_check=True, rollback_to=release_number(to), is_confirmed=is_confirmed,
        approved_plan_id=approved_plan_id, watch_minutes=watch_minutes,
    )
    sys.exit(run_request(invocation, request, is_plan_only=is_plan_only))


def release_number(to: str | None) -> int | None:
    """`7` of `7` or `release-7`.

    Raises:
        UsageError: it is neither.
    """
    if to is None:
        return None
    digits = to.removeprefix("release-")
    if not digits.isdigit():
        raise UsageError(f"{to!r} is not a release", hint="./scripts/deploy.sh history", reference="bad-release")
    return int(digits)
