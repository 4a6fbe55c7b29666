"""`accessories`, `accessories up NAME`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from deploy.cli.consent import (
    confirm_option,
    plan_option,
    read_wish,
    require_consent_without_plan,
    same_command,
    yes_option,
)
from deploy.cli.documents.looking import AccessoriesDocument, AccessoryFacts, AccessoryUpDocument
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter

if TYPE_CHECKING:
    from deploy.commands.accessories import PreparedChange
    from deploy.model.accessories import AccessoryDone, AccessoryLook
    from deploy.model.doors import Reporter

STATES = {
    "as-the-file-says": "runs as the file says", "changed-since": "runs, and the file has changed since",
    "stopped": "stopped", "absent": "absent",
}
UP_COMMAND = "./scripts/deploy.sh accessories up"
DID = {"nothing": "nothing to do", "start": "started", "make": "made and started", "recreate": "recreated"}


@click.group("accessories", invoke_without_command=True, short_help="Show services that no release owns.")
@json_option
@click.pass_context
def accessories_command(ctx: click.Context, has_json: bool) -> None:
    """List the services of the compose file that are no part of a release, beside what the file says of them.

    A deployment starts such a service where it is absent, and never recreates it; `up NAME` does.
    """
    invocation: Invocation = ctx.obj
    invocation.has_json |= has_json
    if ctx.invoked_subcommand is not None:
        return
    from deploy.commands.accessories import read_states

    reporter = make_reporter(invocation.has_json)
    looks = read_states(load(invocation), reporter)
    if invocation.has_json:
        document: AccessoriesDocument = {"accessories": [_facts(look) for look in looks]}
        emit(document)
    else:
        _say_all(reporter, looks)


@accessories_command.command("up")
@click.argument("name")
@plan_option
@yes_option
@confirm_option
@json_option
@click.pass_obj
def up_command(invocation: Invocation, /, name: str, has_json: bool, **consent_words: Any) -> None:
    """Start or recreate NAME as the compose file says; a database only with its name typed."""
    from deploy.commands.accessories import prepare_up

    invocation.has_json |= has_json
    reporter, wish = make_reporter(invocation.has_json), read_wish(consent_words)
    with prepare_up(load(invocation), name, reporter) as prepared:
        change, needed = prepared.change, prepared.needed
        reporter.say(change.says)
        if needed.kind != "none":
            given = f"the name {name}, typed or --confirm {name}" if needed.kind == "typed" else "a yes (y/N, --yes)"
            reporter.say(f"    needs: {given}: {needed.why}")
        if wish.is_plan_only:
            if invocation.has_json:
                emit(_up_document(prepared, None))
            elif needed.kind != "none":
                words = ("--confirm", name) if needed.kind == "typed" else ("--yes",)
                reporter.say(f"next: {same_command(invocation.arguments, *words)}")
            return
        require_consent_without_plan(
            needed, prepared.answer_to, wish.consent, invocation.arguments, f"accessories up {name}"
        )
        done = prepared.execute()
        if invocation.has_json:
            emit(_up_document(prepared, done))
        else:
            _say_done(reporter, done)
    sys.exit(0)


def _say_all(reporter: Reporter, looks: Sequence[AccessoryLook]) -> None:
    if not looks:
        reporter.say("the compose file has no accessory: every service of it belongs to the release")
    names = max((len(look.accessory.service) for look in looks), default=0)
    images = max((len(look.accessory.image) for look in looks), default=0)
    for look in looks:
        reporter.say(f"{look.accessory.service:<{names}}  {look.accessory.image:<{images}}  {_words(look)}")
        if command := _next_command(look):
            reporter.say(f"    {command}")


def _words(look: AccessoryLook) -> str:
    parts = [STATES[look.state.value]]
    if look.changes:
        parts.append("; ".join(look.changes))
    if look.accessory.by_hand_because and look.state.value == "absent":
        parts.append(f"no deployment starts it: {look.accessory.by_hand_because}")
    database = " (database)" if look.accessory.is_database else ""
    return f"{': '.join(parts)}{database}"


def _next_command(look: AccessoryLook) -> str:
    """Only where something is to be done that nobody chose so."""
    is_left_so = look.accessory.by_hand_because and look.state.value == "absent"
    if look.state.value == "as-the-file-says" or is_left_so:
        return ""
    return f"{UP_COMMAND} {look.accessory.service}"


def _say_done(reporter: Reporter, done: AccessoryDone) -> None:
    name = done.look.accessory.service
    away = "" if done.away_seconds is None else f"; it was away for {done.away_seconds:.1f} s"
    reporter.say(f"{name}: {DID[done.what]}{away}; it {STATES[done.look.state.value]}")
    for warning in done.warnings:
        reporter.warn(warning)


def _up_document(prepared: PreparedChange, done: AccessoryDone | None) -> AccessoryUpDocument:
    needed = prepared.needed
    return {
        "accessory": _facts(done.look if done else prepared.change.look),
        "what": prepared.change.what,
        "says": prepared.change.says,
        "needs_approval": needed.kind,
        "name_to_type": needed.name if needed.kind == "typed" else None,
        "is_done": done is not None,
        "away_seconds": done.away_seconds if done else None,
        "warnings": list(done.warnings) if done else [],
    }


def _facts(look: AccessoryLook) -> AccessoryFacts:
    accessory = look.accessory
    return {
        "service": accessory.service,
        "role": accessory.role.value,
        "image": accessory.image,
        "state": look.state.value,
        "changes": list(look.changes),
        "is_database": accessory.is_database,
        "not_started_because": accessory.by_hand_because or None,
        "containers": [
            {
                "name": c.name, "status": c.status, "health": c.health.value, "image_id": c.image_id,
                "restart_count": c.restart_count,
            }
            for c in look.containers
        ],
        "next_command": _next_command(look) or None,
    }
