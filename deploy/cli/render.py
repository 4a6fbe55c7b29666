"""Plans, risks and outcomes as words and as JSON (schema: docs/commands/json.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from deploy.checking.cli.report import check_to_json, say_check
from deploy.cli.documents.deployments import (
    DeploymentFacts,
    ErrorWords,
    OutcomeDocument,
    PlanDocument,
    PlanFacts,
    RiskFacts,
)
from deploy.cli.progress import make_reporter
from deploy.cli.render_backups import backup_to_json, say_newest_verified
from deploy.cli.traceback_file import write_traceback
from deploy.commands.prepared import DeploymentDetails, Prepared
from deploy.model.deployments import Deployment
from deploy.model.doors import Reporter
from deploy.model.planned_step import UndoKind
from deploy.model.redaction import redacted
from deploy.model.results import DeploymentOutcome
from deploy.model.risk import RiskReport

SCHEMA = "surefoot/1"

__all__ = [
    "emit", "emit_line", "make_reporter", "outcome_to_json", "plan_facts", "plan_to_json", "risk_to_json",
    "say_outcome", "say_plan",
]


def emit(document: Mapping[str, object]) -> None:
    """The one JSON document on standard output."""
    click.echo(json.dumps(_plain(document), indent=2))


def emit_line(document: Mapping[str, object]) -> None:
    """One JSON document on one line, for commands that tell as they go."""
    click.echo(json.dumps(_plain(document)))


def _plain(document: Mapping[str, object]) -> Any:
    """JSON values without secrets; times in ISO 8601."""
    from pydantic_core import to_jsonable_python

    return redacted(to_jsonable_python({"schema": SCHEMA, **document}, fallback=str))


def say_plan(reporter: Reporter, prepared: Prepared[DeploymentDetails]) -> None:
    """What will be done, what cannot be taken back, and the id to approve it by."""
    plan, details = prepared.plan, prepared.details
    reporter.say(f"plan {plan.plan_id} ({plan.mode})")
    for name, value in plan.summary.items():
        if value not in (None, [], ""):
            shown = ", ".join(value) if isinstance(value, list) else value
            reporter.say(f"    {name.replace('_', ' ')}: {shown}")
    if details.check is not None and details.risk.revisions:
        say_check(reporter, details.check, has_next=False)
    if details.preview_path:
        reporter.say(f"    SQL preview: {details.preview_path}")
    reporter.say(f"    newest verified backup: {say_newest_verified(details.newest_verified)}")
    for number, step in enumerate(plan.steps, start=1):
        mark = "   <- point of no return" if step.undo_kind is UndoKind.POINT_OF_NO_RETURN else ""
        reporter.say(f"    {number}. {step.name}: {step.says}{mark}")
    for warning in plan.warnings:
        reporter.warn(warning)


def say_outcome(reporter: Reporter, outcome: DeploymentOutcome) -> None:
    """A few lines: what is true now, and what comes next."""
    if outcome.failure_what:
        reporter.say(f"error: {outcome.failure_what}")
        if outcome.failure_hint:
            reporter.say(f"hint: {outcome.failure_hint}")
    if outcome.traceback_text:
        reporter.say(f"traceback: {write_traceback(outcome.traceback_text)}")
    name = f"deployment {outcome.deployment.deployment_id}: " if outcome.deployment else ""
    reporter.say(f"{name}{outcome.says}")
    for difference in outcome.differs:
        reporter.say(f"differs: {difference}")
    if outcome.next_command:
        reporter.say(f"next: {outcome.next_command}")
    if outcome.open_point:
        reporter.say(f"still open: {outcome.open_point} (status names it until it is done)")


def risk_to_json(risk: RiskReport) -> RiskFacts:
    """Levels by their printed names."""
    return {
        "level": risk.level.label,
        "revisions": [
            {
                "revision": revision.revision_id,
                "level": revision.level.label,
                "kind": revision.kind.value,
                "findings": [
                    {"rule": f.rule, "level": f.level.label, "says": f.says, "statement": f.statement}
                    for f in revision.findings
                ],
            }
            for revision in risk.revisions
        ],
    }


def plan_facts(prepared: Prepared[Any], preview_path: Path | None = None) -> PlanFacts:
    """The plan as it would be saved, and the consent that it needs."""
    plan, needed = prepared.plan, prepared.needed
    return {
        "id": plan.plan_id,
        "mode": plan.mode.value,
        "summary": dict(plan.summary),
        "warnings": list(plan.warnings),
        "needs_approval": needed.kind,
        "name_to_type": needed.name if needed.kind == "typed" else None,
        "preview": str(preview_path) if preview_path else None,
        "steps": [{"name": s.name, "says": s.says, "undo": s.undo_kind.value} for s in plan.steps],
    }


def plan_to_json(prepared: Prepared[DeploymentDetails]) -> PlanDocument:
    """A deployment's plan, and what it was decided on."""
    details = prepared.details
    return {
        "plan": plan_facts(prepared, details.preview_path),
        "risk": risk_to_json(details.risk),
        "check": check_to_json(details.check) if details.check else None,
        "newest_verified_backup": backup_to_json(details.newest_verified) if details.newest_verified else None,
    }


def deployment_to_json(deployment: Deployment) -> DeploymentFacts:
    """One attempt."""
    return {
        "id": deployment.deployment_id,
        "plan_id": deployment.plan.plan_id,
        "mode": deployment.plan.mode.value,
        "state": deployment.state.value,
        "exit_code": deployment.exit_code,
        "outcome": deployment.outcome,
        "user": deployment.actor.user_name,
        "host": deployment.actor.host_name,
        "ci_run": deployment.actor.ci_run,
        "started_at": deployment.started_at,
        "ended_at": deployment.ended_at,
        "summary": dict(deployment.plan.summary),
        "steps": [
            {"name": s.name, "state": s.state.value, "detail": s.detail, "seconds": s.duration_seconds}
            for s in deployment.steps
        ],
    }


def outcome_to_json(outcome: DeploymentOutcome) -> OutcomeDocument:
    """How it ended."""
    error: ErrorWords | None = None
    if outcome.failure_what:
        error = {
            "what": outcome.failure_what, "hint": outcome.failure_hint, "reference": outcome.failure_reference,
        }
    return {
        "exit_code": outcome.exit_code,
        "says": outcome.says,
        "error": error,
        "differs": list(outcome.differs),
        "next_command": outcome.next_command or None,
        "open_point": outcome.open_point or None,
        "deployment": deployment_to_json(outcome.deployment) if outcome.deployment else None,
    }
