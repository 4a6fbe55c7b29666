"""`resume` and `abort`: the two ways out of an unfinished deployment."""

from __future__ import annotations

import sys

import click

from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter, outcome_to_json, say_outcome
from deploy.commands.unfinished import abort, give_up, resume
from deploy.model.errors import UsageError
from deploy.model.results import DeploymentOutcome


@click.command("resume", short_help="Continue an unfinished deployment.")
@json_option
@click.pass_obj
def resume_command(invocation: Invocation, has_json: bool) -> None:
    """Continue the saved plan of an unfinished deployment; nothing is done twice."""
    invocation.has_json |= has_json
    _end(invocation, resume(load(invocation), make_reporter(invocation.has_json)))


@click.command("abort", short_help="Undo an unfinished deployment.")
@click.option(
    "--give-up", "gives_up", is_flag=True,
    help="If it can be neither finished nor undone: end it, and record what differs; needs --reason.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why it is given up; the reason is recorded.")
@json_option
@click.pass_obj
def abort_command(invocation: Invocation, gives_up: bool, reason: str, has_json: bool) -> None:
    """Undo what the unfinished deployment began, and nothing else."""
    invocation.has_json |= has_json
    if gives_up != bool(reason.strip()):
        raise UsageError(
            "--give-up and --reason go together",
            hint='./scripts/deploy.sh abort --give-up --reason "its image was removed"', reference="usage",
        )
    settings, reporter = load(invocation), make_reporter(invocation.has_json)
    _end(invocation, give_up(settings, reporter, reason.strip()) if gives_up else abort(settings, reporter))


def _end(invocation: Invocation, outcome: DeploymentOutcome) -> None:
    if invocation.has_json:
        emit(outcome_to_json(outcome))
    else:
        say_outcome(make_reporter(has_json=False), outcome)
    sys.exit(outcome.exit_code)
