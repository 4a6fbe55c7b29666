"""`./scripts/deploy.sh --auto-migrate …`: flags to a request, a plan to a yes, an outcome to words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from deploy.checking.cli.report import check_to_json, say_check
from deploy.cli.carrying_out import Presentation, carry_out
from deploy.cli.consent import Wish, read_wish
from deploy.cli.health import run_health
from deploy.cli.options import Invocation, load
from deploy.cli.render import make_reporter, plan_to_json, say_plan
from deploy.commands.deploying import prepare
from deploy.commands.prepared import DeploymentDetails, Prepared
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.doors import Reporter
from deploy.model.errors import RefusedByCheck, UsageError
from deploy.settings.schema import Settings

MODES = {
    "auto_migrate": Mode.AUTO_MIGRATE, "manual_migrate": Mode.MANUAL_MIGRATE, "skip_migrate": Mode.SKIP_MIGRATE,
}


def deploy(invocation: Invocation, words: Mapping[str, Any]) -> int:
    """Everything without a subcommand; returns the exit code."""
    request = read_request(words)
    if request is None:
        return run_health(invocation)
    wish = read_wish(words)
    code = run_request(invocation, request, wish)
    if request.mode is Mode.BACKUP_ONLY and request.has_health_check and code == 0 and not wish.is_plan_only:
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
    images = _images(words["images"])
    return DeployRequest(
        mode=MODES[given[0]] if given else Mode.BACKUP_ONLY,
        has_backup=bool(words["has_backup"]),
        refuses_backup=words["has_backup"] is False,
        has_health_check=words["has_health_check"],
        has_pull=words["has_pull"], has_build=words["has_build"],
        image_reference=images.pop("", None), service_images=images,
        accepted_risk=(words["accepted_risk"] or "").replace("-", " "),
        wait_seconds=words["wait_seconds"] or 0,
        risk_reason=words["risk_reason"].strip() if words["accepted_risk"] else "",
        window_reason=words["risk_reason"].strip() if words.get("overrides_window") else "",
        is_only_planned=bool(words.get("is_plan_only")),
        watch_minutes=words["watch_minutes"],
    )


def _images(given: Sequence[str]) -> dict[str, str]:
    """By the service's name, the image that is asked for; under an empty name, the application's.

    Raises:
        UsageError: two for one service, or half of `SERVICE=REF`.
    """
    images: dict[str, str] = {}
    for word in given:
        # No reference has a `=` in it: https://pkg.go.dev/github.com/distribution/reference
        service, equals, reference = word.rpartition("=")
        if not reference or (equals and not service) or service in images:
            raise UsageError(
                f"--image {word} cannot be read" if service not in images else "--image names two images for one "
                f"service{f', {service}' if service else ''}",
                hint="--image REF for the application, --image SERVICE=REF for another service of the release",
                reference="usage",
            )
        images[service] = reference
    return images


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


def run_request(invocation: Invocation, request: DeployRequest, wish: Wish) -> int:
    """Prepare, show, ask, execute, tell; returns the exit code.

    Raises:
        BlockedError: something is in the way, or the consent was not given.
    """
    settings = load(invocation)
    reporter = make_reporter(invocation.has_json)
    preparing = _prepared(settings, request, reporter, has_json=invocation.has_json)
    return carry_out(preparing, Presentation(say_plan, plan_to_json), invocation, wish)


@contextmanager
def _prepared(
    settings: Settings, request: DeployRequest, reporter: Reporter, *, has_json: bool
) -> Iterator[Prepared[DeploymentDetails]]:
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
