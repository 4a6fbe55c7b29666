"""`recover [--yes]`."""

from __future__ import annotations

import sys

import click

from deploy.cli.options import Invocation, json_option, load
from deploy.model.errors import BlockedError


@click.command("recover")
@click.option("--yes", "is_confirmed", is_flag=True, help="Write what was found, without asking.")
@json_option
@click.pass_obj
def recover_command(invocation: Invocation, is_confirmed: bool, has_json: bool) -> None:
    """Read the releases back from tags and labels, where the ledger is gone.

    Shows what was found; the ledger is written after a yes. Containers, tags and database stay as they are.
    """
    from deploy.cli.render import emit, make_reporter, outcome_to_json, say_outcome
    from deploy.commands.recovering import prepare_recovery  # the Docker SDK is not for --help

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    with prepare_recovery(load(invocation), reporter) as prepared:
        for line in prepared.recovery.says:
            reporter.say(line)
        for line in prepared.recovery.doubts:
            reporter.warn(line)
        if not is_confirmed:
            _ask()
        outcome = prepared.execute()
    if invocation.has_json:
        emit(outcome_to_json(outcome))
    else:
        say_outcome(reporter, outcome)
    sys.exit(outcome.exit_code)


def _ask() -> None:
    """Raises BlockedError: nobody said yes."""
    if not sys.stdin.isatty():
        raise BlockedError(
            "writing the ledger needs a person's yes, and there is no terminal; nothing was written",
            hint="./scripts/deploy.sh recover --yes", reference="approval-needed",
        )
    if not click.confirm("write this into the ledger?", err=True):
        raise BlockedError("not approved; nothing was written", hint="", reference="not-approved")
