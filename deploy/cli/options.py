"""Flags that several commands share. Click and the standard library only."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.model.errors import UsageError

if TYPE_CHECKING:
    from deploy.settings.schema import Settings

REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
# `--watch` without a number.
WATCH_FOR_THE_DEFAULT = -1.0
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option = click.option("--json", "has_json", is_flag=True, help="One JSON document on standard output.")
plan_option = click.option("--plan", "is_plan_only", is_flag=True, help="Print the plan and its id, change nothing.")
yes_option = click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask (very high risk asks all the same).")
wait_option = click.option(
    "--wait", "wait_seconds", type=click.FloatRange(min=0), metavar="SECONDS",
    help="A backup alone: wait so long for another's lock.",
)
approve_option = click.option("--approve", "approved_plan_id", metavar="PLAN_ID", help="Approve exactly this plan.")
watch_option = click.option(
    "--watch", "watch_minutes", type=float, is_flag=False, flag_value=WATCH_FOR_THE_DEFAULT, default=None,
    metavar="[MINUTES]", help="Watch the release so long after the switch; 0: not at all. Default: by mode.",
)


@dataclass
class Invocation:
    """What was said before the subcommand."""

    project_directory: Path | None
    has_json: bool


def request_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The flags of a deployment."""
    for option in reversed(
        (
            click.option("--auto-migrate", is_flag=True, help="Migrate and deploy; low and medium risk only."),
            click.option("--manual-migrate", is_flag=True, help="Show the plan, let a person approve, then do it."),
            click.option("--skip-migrate", is_flag=True, help="Deploy the application only."),
            click.option(
                "--backup/--no-backup", "has_backup", default=None,
                help="Back up the database first (or only). What needs one gets one; --no-backup refuses that.",
            ),
            click.option("--health-check", "has_health_check", is_flag=True, help="Check health last (or only)."),
            click.option("--image", "image_reference", metavar="REF", help="Instead of the repository's latest."),
            click.option("--pull", "has_pull", is_flag=True, help="Pull even if :latest was retagged here."),
            click.option(
                "--accept-risk", "accepted_risk", type=click.Choice(["medium", "high", "very-high"]), metavar="LEVEL",
                help="Let --auto-migrate go on up to this level; needs --reason, and is recorded.",
            ),
            click.option(
                "--override-window", "overrides_window", is_flag=True,
                help="Deploy outside of the deploy windows, or in a freeze; needs --reason, and is recorded.",
            ),
            click.option("--reason", "risk_reason", default="", metavar="TEXT", help="Why; for the two above."),
            wait_option, watch_option, plan_option, yes_option, approve_option,
        )
    ):
        function = option(function)
    return function


def load(invocation: Invocation) -> Settings:
    """The settings of the project that is meant."""
    from deploy.settings.load import load_settings  # pydantic is not for --help

    return load_settings(find_project(invocation.project_directory))


def find_project(named: Path | None) -> Path:
    """The flag, the variable, the current directory if it is a project, else this repository.

    An installed tool has no repository around it: there it is the current directory.
    """
    if named is not None:
        return named
    if variable := os.environ.get("DEPLOY_PROJECT_DIRECTORY"):
        return Path(variable)
    here = Path.cwd()
    if any((here / name).exists() for name in ("deploy.toml", "docker-compose.prod.yml")):
        return here
    return REPOSITORY_ROOT if (REPOSITORY_ROOT / "docker-compose.prod.yml").exists() else here


def release_number(to: str | None) -> int | None:
    """`7` of `7` or `release-7`.

    Raises:
        UsageError: it is neither.
    """
    if to is None:
        return None
    digits = to.removeprefix("release-")
    if not digits.isdigit():
        raise UsageError(f"{to!r} is not a release", hint="./scripts/deploy.sh history", reference="bad-release")
    return int(digits)
