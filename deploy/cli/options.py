"""Flags that several commands share. Click and the standard library only."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.cli.consent import consent_options
from deploy.model.errors import UsageError
from deploy.project.places import has_mark, project_places

if TYPE_CHECKING:
    from deploy.settings.schema import Settings

REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
# `--watch` without a number.
WATCH_FOR_THE_DEFAULT = -1.0
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option = click.option("--json", "has_json", is_flag=True, help="One JSON document on standard output.")
wait_option = click.option(
    "--wait", "wait_seconds", type=click.FloatRange(min=0), metavar="SECONDS",
    help="For a backup alone: wait up to SECONDS for another command's lock.",
)
watch_option = click.option(
    "--watch", "watch_minutes", type=float, is_flag=False, flag_value=WATCH_FOR_THE_DEFAULT, default=None,
    metavar="[MINUTES]",
    help="Watch the release for MINUTES after the switch; 0: do not watch. The default depends on the mode.",
)


@dataclass
class Invocation:
    """What was said before the subcommand.

    Attributes:
        arguments: the whole command line, without the program.
    """

    project_directory: Path | None
    has_json: bool
    arguments: tuple[str, ...] = ()


def request_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The flags of a deployment."""
    for option in reversed(
        (
            click.option("--auto-migrate", is_flag=True, help="Migrate and deploy; low and medium risk only."),
            click.option("--manual-migrate", is_flag=True, help="Show the plan, let a person approve, then do it."),
            click.option("--skip-migrate", is_flag=True, help="Deploy the application only."),
            click.option(
                "--backup/--no-backup", "has_backup", default=None,
                help="Back up the database first (or only). A backup that the check requires is made without it, "
                "too; --no-backup is then refused.",
            ),
            click.option("--health-check", "has_health_check", is_flag=True, help="Check the health last (or only)."),
            click.option(
                "--image", "images", metavar="REF", multiple=True,
                help="Deploy this image instead of what the compose file names. SERVICE=REF means another service of "
                "the release, with an image of its own; may be given once for each.",
            ),
            click.option(
                "--build", "has_build", is_flag=True,
                help="Build the release's images on this machine first, as the compose file's `build:` says.",
            ),
            click.option("--pull", "has_pull", is_flag=True, help="Pull :latest even if it was moved by hand here."),
            click.option(
                "--accept-risk", "accepted_risk", type=click.Choice(["medium", "high", "very-high"]), metavar="LEVEL",
                help="Allow --auto-migrate up to this level; needs --reason, and is recorded.",
            ),
            click.option(
                "--override-window", "overrides_window", is_flag=True,
                help="Deploy outside the deploy windows, or during a freeze; needs --reason, and is recorded.",
            ),
            click.option(
                "--reason", "risk_reason", default="", metavar="TEXT", help="The reason for the two flags above.",
            ),
            wait_option, watch_option, consent_options,
        )
    ):
        function = option(function)
    return function


# Of a directory that is a project: ours, and those of `docker compose`.
PROJECT_FILES = (
    "deploy.toml", "docker-compose.prod.yml", "compose.yaml", "compose.yml", "docker-compose.yml",
    "docker-compose.yaml",
)


# Of somebody's project, whatever it is made of.
SIGNS = (".git", ".env", "alembic.ini", "alembic", "migrations", "Dockerfile", "Procfile", "backend", "src")


def load(invocation: Invocation) -> Settings:
    """The settings of the project that is meant."""
    from deploy.commands.project_settings import project_settings  # pydantic is not for --help

    return project_settings(find_project(invocation.project_directory))


def find_project(named: Path | None) -> Path:
    """The flag, the variable, the project in which one stands, else this repository.

    Whoever stands in another project never means this repository: its database would be judged in place of theirs.
    An installed tool has no repository around it: there it is the current directory.
    """
    if named is not None:
        return named
    if variable := os.environ.get("DEPLOY_PROJECT_DIRECTORY"):
        return Path(variable)
    here = Path.cwd()
    places = project_places(here)
    known = next((place for place in places if any((place / name).exists() for name in PROJECT_FILES)), None)
    if known is not None:
        return known
    is_project = any((here / name).exists() for name in SIGNS) or has_mark(here) or len(places) > 1
    return here if is_project or not (REPOSITORY_ROOT / "docker-compose.prod.yml").exists() else REPOSITORY_ROOT


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
