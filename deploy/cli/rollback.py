"""`rollback [--to RELEASE]`."""

from __future__ import annotations

import sys

import click

from deploy.cli.deploying import run_request
from deploy.cli.downgrade import Wish, run_downgrade
from deploy.cli.options import (
    Invocation,
    approve_option,
    json_option,
    load,
    plan_option,
    release_number,
    watch_option,
    yes_option,
)
from deploy.cli.render import make_reporter
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import UsageError


@click.command("rollback")
@click.option("--to", "to", metavar="RELEASE", help="A number or a name, such as 7 or release-7.")
@click.option(
    "--with-schema", "with_schema", is_flag=True,
    help="Take the schema back too, as far as the older release needs it: behind the page, after a backup.",
)
@click.option("--confirm", "confirmed_name", metavar="NAME", help="With --with-schema: the database's name.")
@watch_option
@plan_option
@yes_option
@approve_option
@json_option
@click.pass_obj
def rollback_command(
    invocation: Invocation, to: str | None, is_plan_only: bool, is_confirmed: bool, approved_plan_id: str | None,
    has_json: bool, watch_minutes: float | None, with_schema: bool, confirmed_name: str | None,
) -> None:
    """Go back to a kept good release: the last one, or the one that --to names.

    The schema stays where it is, and a rollback is refused where the older release cannot serve it; --with-schema
    goes back with both. What was left before is chosen by --to only.
    """
    invocation.has_json |= has_json
    if with_schema:
        if approved_plan_id is not None or watch_minutes is not None:
            raise UsageError(
                "--with-schema goes with --to, --confirm, --plan and --yes only",
                hint="./scripts/deploy.sh rollback --help", reference="usage",
            )
        sys.exit(_with_schema(invocation, to, confirmed_name, Wish(is_plan_only, is_confirmed)))
    if confirmed_name is not None:
        raise UsageError(
            "--confirm goes with --with-schema", hint="./scripts/deploy.sh rollback --help", reference="usage"
        )
    request = DeployRequest(
        mode=Mode.ROLLBACK, has_health_check=True, rollback_to=release_number(to), is_confirmed=is_confirmed,
        approved_plan_id=approved_plan_id, watch_minutes=watch_minutes,
    )
    sys.exit(run_request(invocation, request, is_plan_only=is_plan_only))


def _with_schema(invocation: Invocation, to: str | None, confirmed_name: str | None, wish: Wish) -> int:
    from deploy.commands.downgrading import prepare_schema_rollback

    reporter = make_reporter(invocation.has_json)
    preparing = prepare_schema_rollback(load(invocation), release_number(to), reporter)
    return run_downgrade(preparing, reporter, invocation, confirmed_name, wish)
