"""`downgrade REVISION`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from deploy.cli.documents.deployments import DowngradePlanDocument
from deploy.cli.options import Invocation, json_option, load, plan_option, yes_option

if TYPE_CHECKING:
    from deploy.commands.downgrading import PreparedDowngrade
    from deploy.model.doors import Reporter


@dataclass(frozen=True)
class Wish:
    """`--plan` and `--yes`."""

    is_plan_only: bool
    is_confirmed: bool


@click.command("downgrade")
@click.argument("revision")
@click.option("--confirm", "confirmed_name", metavar="NAME", help="The database's name, instead of typing it.")
@plan_option
@yes_option
@json_option
@click.pass_obj
def downgrade_command(
    invocation: Invocation, revision: str, confirmed_name: str | None, is_plan_only: bool, is_confirmed: bool,
    has_json: bool,
) -> None:
    """Take the schema back to REVISION (an id, or `base`) with the image that knows the present one.

    Shows the SQL and what it drops, with rows counted; takes a backup first. Refused while a release runs that is
    not of that revision.
    """
    from deploy.cli.render import make_reporter
    from deploy.commands.downgrading import prepare_downgrade

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    preparing = prepare_downgrade(load(invocation), revision, reporter)
    sys.exit(run_downgrade(preparing, reporter, invocation, confirmed_name, Wish(is_plan_only, is_confirmed)))


def run_downgrade(
    preparing: AbstractContextManager[PreparedDowngrade], reporter: Reporter, invocation: Invocation,
    confirmed_name: str | None, wish: Wish,
) -> int:
    """Show what it costs, ask, execute, tell; returns the exit code.

    Raises:
        BlockedError: the yes was not given.
    """
    from deploy.cli.render import emit, outcome_to_json, say_outcome

    with preparing as prepared:
        say_downgrade(reporter, prepared)
        if wish.is_plan_only:
            if invocation.has_json:
                emit(downgrade_to_json(prepared))
            return 0
        require_yes(prepared, confirmed_name, is_confirmed=wish.is_confirmed)
        outcome = prepared.execute()
    if invocation.has_json:
        emit(outcome_to_json(outcome))
    else:
        say_outcome(reporter, outcome)
    return outcome.exit_code


def require_yes(prepared: PreparedDowngrade, confirmed_name: str | None, *, is_confirmed: bool) -> None:
    """The database's name where rows are lost; else a yes.

    Raises:
        BlockedError: it was not given.
    """
    from deploy.cli.consent import require_name

    if prepared.look.loses_rows:
        require_name(prepared.database_name, confirmed_name, "rows will be lost, or it cannot be told")
        return
    if confirmed_name is None and is_confirmed:
        confirmed_name = prepared.database_name
    require_name(prepared.database_name, confirmed_name, "the schema goes back")


def say_downgrade(reporter: Reporter, prepared: PreparedDowngrade) -> None:
    """What is lost first; then the SQL and the steps."""
    from deploy.model.planned_step import UndoKind

    plan = prepared.plan
    for loss in prepared.look.losses:
        reporter.warn(loss)
    reporter.say(f"plan {plan.plan_id} ({plan.mode})")
    for name, value in plan.summary.items():
        if value:
            shown = ", ".join(value) if isinstance(value, list) else value
            reporter.say(f"    {name.replace('_', ' ')}: {shown}")
    reporter.say(f"    judged: {prepared.look.source}")
    for sql in prepared.look.rendered:
        reporter.say(f"-- {sql.revision_id} {sql.message}")
        for line in (sql.sql or "").strip().splitlines():
            reporter.say(f"    {line}")
        if sql.problem:
            reporter.warn(f"{sql.revision_id}: {sql.problem}")
        say_unwritten(reporter, prepared.look.unwritten.get(sql.revision_id, ()))
    for finding in prepared.look.risk.findings:
        reporter.warn(f"{finding.level.label}: {finding.says}")
    for number, step in enumerate(plan.steps, start=1):
        mark = "   <- point of no return" if step.undo_kind is UndoKind.POINT_OF_NO_RETURN else ""
        reporter.say(f"    {number}. {step.name}: {step.says}{mark}")
    for warning in plan.warnings:
        reporter.warn(warning)


def say_unwritten(reporter: Reporter, statements: Sequence[str]) -> None:
    """What its Python sent when it was tried; the SQL above does not show it."""
    if statements:
        reporter.say("    -- and when it was tried, its Python sent:")
    for statement in statements:
        for line in statement.strip().splitlines():
            reporter.say(f"    {line}")


def downgrade_to_json(prepared: PreparedDowngrade) -> DowngradePlanDocument:
    """The plan as it would be saved, the SQL, the rows."""
    from deploy.cli.render import risk_to_json

    plan = prepared.plan
    return {
        "plan": {
            "id": plan.plan_id, "mode": plan.mode.value, "summary": dict(plan.summary),
            "warnings": list(plan.warnings), "needs_approval": "typed" if prepared.look.loses_rows else "yes",
            "preview": None,
            "steps": [{"name": s.name, "says": s.says, "undo": s.undo_kind.value} for s in plan.steps],
        },
        "risk": risk_to_json(prepared.look.risk),
        "method": "measured" if prepared.look.server else "parsed",
        "server": prepared.look.server,
        "text_alone_because": prepared.look.text_alone_because,
        "sql": [
            {
                "revision": s.revision_id, "sql": s.sql, "problem": s.problem,
                "unwritten": list(prepared.look.unwritten.get(s.revision_id, ())),
            }
            for s in prepared.look.rendered
        ],
        "rows": dict(prepared.look.rows),
        "losses": list(prepared.look.losses),
    }
