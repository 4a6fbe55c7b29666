"""`./scripts/deploy.sh --auto-migrate …`: flags to a request, a plan to a yes, an outcome to words."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from deploy.checking.cli.report import check_to_json, say_check
from deploy.cli.health import run_health
from deploy.cli.options import Invocation, load
from deploy.cli.render import emit, make_reporter, outcome_to_json, plan_to_json, say_outcome, say_plan
from deploy.commands.deploying import prepare
from deploy.commands.prepared import PreparedDeployment
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.doors import Reporter
from deploy.model.errors import BlockedError, RefusedByCheck, UsageError
from deploy.settings.schema import Settings

MODES = {
    "auto_migrate": Mode.AUTO_MIGRATE, "manual_migrate": Mode.MANUAL_MIGRATE, "skip_migrate": Mode.SKIP_MIGRATE,
}


def deploy(invocation: Invocation, words: Mapping[str, Any]) -> int:
    """Everything without a subcommand; returns the exit code."""
    request = read_request(words)
    if request is None:
        return run_health(invocation)
    code = run_request(invocation, request, is_plan_only=words["is_plan_only"])
    if request.mode is Mode.BACKUP_ONLY and request.has_health_check and code == 0 and not words["is_plan_only"]:
        return run_health(invocation)
    return code


def read_request(words: Mapping[str, Any]) -> DeployRequest | None:
    """The request; None for a health check alone.

    Raises:
        UsageError: no mode, or two.
    """
    given = [name for name in MODES if words[name]]
    if len(given) > 1:
        flags = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"{flags} exclude each other", hint="./scripts/deploy.sh --help", reference="two-modes")
    _require_reason(words)
    if not given and not words["has_backup"] and not words["has_health_check"]:
        raise UsageError(
            "no mode: give --auto-migrate, --manual-migrate or --skip-migrate, or --backup or --health-check alone",
            hint="./scripts/deploy.sh --help", reference="no-mode",
        )
    if words["wait_seconds"] is not None and (given or not words["has_backup"]):
        raise UsageError(
            "--wait is for a backup alone", hint="./scripts/deploy.sh --backup --wait 600", reference="usage"
        )
    if not given and not words["has_backup"]:
        return None
    return DeployRequest(
        mode=MODES[given[0]] if given else Mode.BACKUP_ONLY,
        has_backup=bool(words["has_backup"]),
        refuses_backup=words["has_backup"] is False,
        has_health_check=words["has_health_check"],
        has_pull=words["has_pull"],
        image_reference=words["image_reference"],
        approved_plan_id=words["approved_plan_id"],
        is_confirmed=words["is_confirmed"],
        accepted_risk=(words["accepted_risk"] or "").replace("-", " "),
        wait_seconds=words["wait_seconds"] or 0,
        risk_reason=words["risk_reason"].strip() if words["accepted_risk"] else "",
        window_reason=words["risk_reason"].strip() if words.get("overrides_window") else "",
        is_only_planned=bool(words.get("is_plan_only")),
        watch_minutes=words["watch_minutes"],
    )


def _require_reason(words: Mapping[str, Any]) -> None:
    """A risk is accepted, and a window overridden, with a reason or not at all.

    Raises:
        UsageError: one without the other, or a risk without --auto-migrate.
    """
    accepted, reason = words["accepted_risk"], words["risk_reason"].strip()
    if words.get("overrides_window") and not reason:
        raise UsageError(
            "--override-window needs --reason", hint='--override-window --reason "users cannot log in"',
            reference="window-without-reason",
        )
    if bool(accepted or words.get("overrides_window")) != bool(reason):
        raise UsageError(
            "--accept-risk and --reason go together", hint='--accept-risk high --reason "seen by two of us"',
            reference="risk-without-reason",
        )
    if accepted and not words["auto_migrate"]:
        raise UsageError(
            "--accept-risk is for --auto-migrate; with --manual-migrate a person says yes",
            hint="./scripts/deploy.sh --help", reference="risk-without-reason",
        )


def run_request(invocation: Invocation, request: DeployRequest, *, is_plan_only: bool) -> int:
    """Prepare, show, ask, execute, tell."""
    settings = load(invocation)
    reporter = make_reporter(invocation.has_json)
    with _prepared(settings, request, reporter, has_json=invocation.has_json) as prepared:
        if not invocation.has_json:
            say_plan(reporter, prepared)
        if is_plan_only:
            prepared.remember()
            if invocation.has_json:
                emit(plan_to_json(prepared))
            return 0
        approve(prepared, request)
        outcome = prepared.execute()
    if invocation.has_json:
        emit(outcome_to_json(outcome))
    else:
        say_outcome(reporter, outcome)
    return outcome.exit_code


@contextmanager
def _prepared(
    settings: Settings, request: DeployRequest, reporter: Reporter, *, has_json: bool
) -> Iterator[PreparedDeployment]:
    """The same; what the check refuses is shown with all of its findings."""
    with ExitStack() as stack:
        try:
            prepared = stack.enter_context(prepare(settings, request, reporter))
        except RefusedByCheck as error:
            if has_json:
                error.details["check"] = check_to_json(error.report)
            else:
                say_check(reporter, error.report, has_next=False)
            raise
        yield prepared


def approve(prepared: PreparedDeployment, request: DeployRequest) -> None:
    """Get the yes that the plan needs.

    Raises:
        BlockedError: it was not given.
    """
    plan_id = prepared.plan.plan_id
    if request.approved_plan_id is not None:
        if request.approved_plan_id == plan_id:
            return
        prepared.remember()
        raise BlockedError(
            f"plan {request.approved_plan_id} was approved, but the plan is now {plan_id}: "
            f"{prepared.changed_since(request.approved_plan_id)} changed since",
            hint=f"read it again, then --approve {plan_id}", reference="plan-changed",
        )
    if prepared.needs_approval == "none" or (prepared.needs_approval == "yes" and request.is_confirmed):
        return
    if not sys.stdin.isatty():
        prepared.tell_approval_is_needed()
        raise BlockedError(
            f"plan {plan_id} needs a person's approval, and there is no terminal",
            hint=f"the same command with --approve {plan_id}", reference="approval-needed",
        )
    if not _ask(prepared):
        raise BlockedError("not approved; nothing was changed", hint="", reference="not-approved")


def _ask(prepared: PreparedDeployment) -> bool:
    if prepared.needs_approval == "typed":
        name = prepared.plan.summary["database"]
        return bool(click.prompt(f"very high risk: type the database's name ({name}) to go on", err=True) == name)
    return click.confirm("go on?", err=True)
