"""`leftovers`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from deploy.cli.documents.looking import LeftoversDocument, LeftoversFacts
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter
from deploy.model.doors import Reporter
from deploy.model.errors import EXIT_BLOCKED

if TYPE_CHECKING:
    from deploy.model.leftovers import Leftovers

REMOVE_COMMAND = "./scripts/deploy.sh leftovers --remove"
LOOK_AGAIN = "./scripts/deploy.sh leftovers"


@click.command("leftovers", short_help="Name what failed schema changes left in the database.")
@click.option(
    "--remove", "has_remove", is_flag=True,
    help="Drop invalid indexes (CONCURRENTLY), and finish unfinished detachments of partitions.",
)
@json_option
@click.pass_obj
def leftovers_command(invocation: Invocation, has_remove: bool, has_json: bool) -> None:
    """Name what failed schema changes left in the database; exit 3 if there is something."""
    from deploy.commands.leftovers import read_leftovers, remove_leftovers

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    found = (remove_leftovers if has_remove else read_leftovers)(load(invocation), reporter)
    if invocation.has_json:
        document: LeftoversDocument = {"leftovers": leftovers_to_json(found)}
        emit(document)
    else:
        say_leftovers(reporter, found)
    sys.exit(0 if found.is_clean else EXIT_BLOCKED)


def say_leftovers(reporter: Reporter, found: Leftovers) -> None:
    """Each with the statement that takes it away."""
    for name in found.removed:
        reporter.say(f"removed: {name}")
    for name in found.being_built:
        reporter.say(f"{name} is being built at this time: left alone")
    for item in found.unfinished:
        reporter.say(f"{item.name} is {item.condition}:  {item.removal};")
    rest = [item for item in found.since if not item.is_leftover]
    if rest:
        reporter.say(f"differs from before deployment {found.deployment_id}, whoever changed it:")
    if rest and found.moved:
        reporter.say(f"    {found.moved}: the objects that the applied revisions made belong there")
    for difference in rest:
        removal = f":  {difference.removal};" if difference.removal and not found.moved else ""
        reporter.say(f"    {difference.says}{removal}")
    if found.unknown:
        reporter.say(f"whether the schema differs from before {found.deployment_id} is not known: {found.unknown}")
    if found.is_clean:
        reporter.say("no index is invalid and no partition waits for its detachment")
    if found.is_clean and found.deployment_id:
        reporter.say(f"no object of the schema differs from before deployment {found.deployment_id}")
    reporter.say(f"next: {next_of(found)}")


def next_of(found: Leftovers) -> str:
    """One command, or what a person has to decide."""
    if found.unfinished:
        return REMOVE_COMMAND
    if found.unknown:
        return LOOK_AGAIN
    if found.moved:
        return (
            "repair the revision that failed so that it takes into account what is there, and deploy it; "
            "or undo the applied ones: ./scripts/deploy.sh downgrade REVISION"
        )
    if found.since:
        return (
            "a revision that takes what is there into account (IF NOT EXISTS), deployed with ./scripts/deploy.sh "
            "--manual-migrate; or the statements above in psql, if nobody else made these objects"
        )
    return "./scripts/deploy.sh status"


def leftovers_to_json(found: Leftovers) -> LeftoversFacts:
    """All of it."""
    return {
        "unfinished": [{"name": i.name, "condition": i.condition, "removal": i.removal} for i in found.unfinished],
        "being_built": list(found.being_built),
        "removed": list(found.removed),
        "deployment": found.deployment_id or None,
        "differs": [{"says": item.says, "removal": item.removal or None} for item in found.since],
        "unknown": found.unknown or None,
        "moved": found.moved or None,
        "next": next_of(found),
    }
