"""`recover [--yes]`."""

from __future__ import annotations

import sys

import click

from deploy.cli.consent import read_wish, require_consent_without_plan, yes_option
from deploy.cli.options import Invocation, json_option, load


@click.command("recover", short_help="Find the releases again when the ledger is lost.")
@yes_option
@json_option
@click.pass_obj
def recover_command(invocation: Invocation, is_confirmed: bool, has_json: bool) -> None:
    """Find the releases again by tags and labels when the ledger is lost.

    Shows what was found; the ledger is written after a yes. Containers, tags and database stay as they are.
    """
    from deploy.cli.render import emit, make_reporter, outcome_to_json, say_outcome
    from deploy.commands.recovering import prepare_recovery  # the Docker SDK is not for --help

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    with prepare_recovery(load(invocation), reporter) as prepared:
        for line in prepared.details.says:
            reporter.say(line)
        for line in prepared.details.doubts:
            reporter.warn(line)
        require_consent_without_plan(
            prepared.needed, prepared.answer_to, read_wish({"is_confirmed": is_confirmed}).consent,
            invocation.arguments, "writing the ledger",
        )
        outcome = prepared.execute()
    if invocation.has_json:
        emit(outcome_to_json(outcome))
    else:
        say_outcome(reporter, outcome)
    sys.exit(outcome.exit_code)
