"""`maintenance on / off / status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from deploy.cli.documents.looking import MaintenanceDocument, MaintenanceFacts
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter

if TYPE_CHECKING:
    from deploy.model.maintenance import MaintenanceState


@click.group("maintenance", short_help="Show a page instead of the application: on, off, status.")
def maintenance_command() -> None:
    """Show a maintenance page instead of the application: 503 with Retry-After, for every method."""


@maintenance_command.command("on")
@click.option("--message", default="", help="A sentence for the page, plain text.")
@click.option(
    "--allow", "allowed", multiple=True, metavar="CIDR",
    help="Who still sees the application; repeat it for each network.",
)
@json_option
@click.pass_obj
def on_command(invocation: Invocation, message: str, allowed: tuple[str, ...], has_json: bool) -> None:
    """Show the page; it stays on after a restart of the edge."""
    from deploy.commands.maintenance import start_maintenance

    _tell(invocation, start_maintenance(load(invocation), message, allowed), has_json=has_json)


@maintenance_command.command("off")
@json_option
@click.pass_obj
def off_command(invocation: Invocation, has_json: bool) -> None:
    """Remove the page."""
    from deploy.commands.maintenance import end_maintenance

    _tell(invocation, end_maintenance(load(invocation)), has_json=has_json)


@maintenance_command.command("status")
@json_option
@click.pass_obj
def status_command(invocation: Invocation, has_json: bool) -> None:
    """Say whether the page is on, since when, and who switched it on."""
    from deploy.commands.maintenance import read_maintenance

    _tell(invocation, read_maintenance(load(invocation)), has_json=has_json)


def _tell(invocation: Invocation, state: MaintenanceState, *, has_json: bool) -> None:
    if invocation.has_json or has_json:
        document: MaintenanceDocument = {"maintenance": _to_json(state)}
        emit(document)
        return
    reporter = make_reporter(has_json=False)
    words = {True: "on", False: "off", None: "not known: the edge does not answer"}
    reporter.say(f"maintenance page: {words[state.is_on]}")
    if state.order is not None:
        order = state.order
        reporter.say(f"    since {order.since:%Y-%m-%d %H:%M:%S} UTC by {order.user_name}: {order.message}")
        if order.allowed:
            reporter.say(f"    not for {', '.join(order.allowed)}")


def _to_json(state: MaintenanceState) -> MaintenanceFacts:
    order = state.order
    return {
        "is_on": state.is_on,
        "since": order.since if order else None,
        "user": order.user_name if order else None,
        "message": order.message if order else None,
        "allowed": list(order.allowed) if order else [],
    }
