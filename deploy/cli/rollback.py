"""`rollback [--to RELEASE]`."""

from __future__ import annotations

import sys
from typing import Any

import click

from deploy.cli.consent import Wish, consent_options, read_wish
from deploy.cli.deploying import run_request
from deploy.cli.downgrade import run_downgrade
from deploy.cli.options import Invocation, json_option, load, release_number, watch_option
from deploy.cli.render import make_reporter
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import UsageError


@click.command("rollback", short_help="Go back to a kept good release.")
@click.option("--to", "to", metavar="RELEASE", help="The release to go back to, for example 7 or release-7.")
@click.option(
    "--with-schema", "with_schema", is_flag=True,
    help="Take the schema back too, as far as the older release needs it: behind the maintenance page, after a backup.",
)
@click.option(
    "--with-todays-configuration", "has_todays_configuration", is_flag=True,
    help="Start the older release by the compose file as it is now, not by the one that was kept for it.",
)
@watch_option
@consent_options
@json_option
@click.pass_obj
def rollback_command(
    invocation: Invocation, /, to: str | None, has_json: bool, watch_minutes: float | None, with_schema: bool,
    has_todays_configuration: bool, **consent_words: Any,
) -> None:
    """Go back to a kept good release: the last one, or the one that --to names.

    The schema stays as it is, and a rollback is refused if the older release cannot work with it; --with-schema
    takes both back. What was left before is chosen by --to only.
    """
    invocation.has_json |= has_json
    wish = read_wish(consent_words)
    if with_schema:
        if has_todays_configuration:
            raise UsageError(
                "--with-todays-configuration cannot be used with --with-schema",
                hint="./scripts/deploy.sh rollback --help", reference="usage",
            )
        if watch_minutes is not None:
            raise UsageError(
                "--watch cannot be used with --with-schema",
                hint="./scripts/deploy.sh rollback --help", reference="usage"
            )
        sys.exit(_with_schema(invocation, to, wish))
    request = DeployRequest(
        mode=Mode.ROLLBACK, has_health_check=True, rollback_to=release_number(to), watch_minutes=watch_minutes,
        is_only_planned=wish.is_plan_only, has_todays_configuration=has_todays_configuration,
    )
    sys.exit(run_request(invocation, request, wish))


def _with_schema(invocation: Invocation, to: str | None, wish: Wish) -> int:
    from deploy.commands.downgrading import prepare_schema_rollback

    reporter = make_reporter(invocation.has_json)
    return run_downgrade(prepare_schema_rollback(load(invocation), release_number(to), reporter), invocation, wish)
