"""`downgrade REVISION`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from deploy.cli.carrying_out import Presentation, carry_out
from deploy.cli.consent import Wish, consent_options, read_wish
from deploy.cli.documents.deployments import DowngradePlanDocument
from deploy.cli.options import Invocation, json_option, load

if TYPE_CHECKING:
    from deploy.checking.commands.downgrade_losses import DowngradeLook
    from deploy.commands.prepared import Prepared
    from deploy.model.doors import Reporter


@click.command("downgrade", short_help="Take the schema back to an older revision.")
@click.argument("revision")
@consent_options
@json_option
@click.pass_obj
def downgrade_command(invocation: Invocation, /, revision: str, has_json: bool, **consent_words: Any) -> None:
    """Take the schema back to REVISION (an id, or `base`) with the image that has the present revision.

    Shows the SQL and what it drops, with rows counted; takes a backup first. Refused while a release runs that is
    not of that revision.
    """
    from deploy.cli.render import make_reporter
    from deploy.commands.downgrading import prepare_downgrade

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    preparing = prepare_downgrade(load(invocation), revision, reporter)
    sys.exit(run_downgrade(preparing, invocation, read_wish(consent_words)))


def run_downgrade(
    preparing: AbstractContextManager[Prepared[DowngradeLook]], invocation: Invocation, wish: Wish
) -> int:
    """Show what it costs, ask, execute, tell; returns the exit code.

    Raises:
        BlockedError: the consent was not given.
    """
    return carry_out(preparing, Presentation(say_downgrade, downgrade_to_json), invocation, wish)


def say_downgrade(reporter: Reporter, prepared: Prepared[DowngradeLook]) -> None:
    """What is lost first; then the SQL and the steps."""
    from deploy.model.planned_step import UndoKind

    plan = prepared.plan
    for loss in prepared.details.losses:
        reporter.warn(loss)
    reporter.say(f"plan {plan.plan_id} ({plan.mode})")
    for name, value in plan.summary.items():
        if value:
            shown = ", ".join(value) if isinstance(value, list) else value
            reporter.say(f"    {name.replace('_', ' ')}: {shown}")
    reporter.say(f"    judged: {prepared.details.source}")
    for sql in prepared.details.rendered:
        reporter.say(f"-- {sql.revision_id} {sql.message}")
        for line in (sql.sql or "").strip().splitlines():
            reporter.say(f"    {line}")
        if sql.problem:
            reporter.warn(f"{sql.revision_id}: {sql.problem}")
        say_unwritten(reporter, prepared.details.unwritten.get(sql.revision_id, ()))
    for finding in prepared.details.risk.findings:
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


def downgrade_to_json(prepared: Prepared[DowngradeLook]) -> DowngradePlanDocument:
    """The plan as it would be saved, the SQL, the rows."""
    from deploy.cli.render import plan_facts, risk_to_json

    return {
        "plan": plan_facts(prepared),
        "risk": risk_to_json(prepared.details.risk),
        "method": "measured" if prepared.details.server else "parsed",
        "server": prepared.details.server,
        "text_alone_because": prepared.details.text_alone_because,
        "sql": [
            {
                "revision": s.revision_id, "sql": s.sql, "problem": s.problem,
                "unwritten": list(prepared.details.unwritten.get(s.revision_id, ())),
            }
            for s in prepared.details.rendered
        ],
        "rows": dict(prepared.details.rows),
        "losses": list(prepared.details.losses),
    }
