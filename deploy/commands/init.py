"""Surefoot in somebody else's Alembic project: look, propose, write what was said yes to, check (S2, S3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.adapters.init.guard import env_guard
from deploy.adapters.init.layout import read_layout
from deploy.adapters.init.proposals import propose_files, write_file
from deploy.adapters.init.tool_source import read_tool_source
from deploy.checking.commands.checking import CheckWords, check_migrations
from deploy.commands.init_services import database_service, fates, missing, render, warnings
from deploy.model.check import CheckReport
from deploy.model.doors import Reporter
from deploy.model.errors import DeployError
from deploy.model.init import Layout, ProposedFile, ServiceFate
from deploy.model.tool_source import ToolSource
from deploy.settings.load import DOTENV_NAME

# Reading the text alone needs the project's Python too.
NO_PYTHON = "project-python-missing"


@dataclass(frozen=True)
class InitRequest:
    """The operator's words.

    Attributes:
        surefoot: what pipelines install and scripts look for; None for the tool that runs.
    """

    directory: Path
    alembic_ini: str | None = None
    surefoot: str | None = None
    has_gitlab: bool = False
    has_render: bool = False
    python: str | None = None


@dataclass(frozen=True)
class Proposal:
    """What was found, and what would be written.

    Attributes:
        services: what becomes of each service of the project's own compose file.
        missing: what a deployment would still ask for.
        database_service: of the compose file; empty where the database is elsewhere.
        has_dotenv: the project has a .env, which stays: lines are only added.
    """

    layout: Layout
    tool: ToolSource
    files: tuple[ProposedFile, ...]
    env_guard: str
    services: tuple[ServiceFate, ...] = ()
    missing: tuple[str, ...] = ()
    has_dotenv: bool = False
    database_service: str = ""


@dataclass(frozen=True)
class FirstCheck:
    """The check after it: its report, or why there is none."""

    report: CheckReport | None
    problem: str = ""
    hint: str = ""


def propose(request: InitRequest) -> Proposal:
    """Look, and propose. Nothing is written.

    Raises:
        UsageError: there is no Alembic project, several, or one whose names cannot stand in the files; or it is not
            known which tool the project shall use.
    """
    problems: list[str] = []
    rendered = render(request.directory, problems)
    layout = read_layout(request.directory, request.alembic_ini, rendered)
    if rendered is not None and (name := rendered.config.get("name")):
        layout = replace(layout, project=str(name))  # as the stack runs already
    layout = replace(layout, notes=(*layout.notes, *warnings(request.directory, layout, rendered)))
    tool = read_tool_source(request.surefoot, request.directory)
    files = propose_files(
        request.directory, layout, tool=tool, has_gitlab=request.has_gitlab or layout.has_gitlab,
        has_render=request.has_render,
    )
    services = fates(request.directory, layout, rendered)
    has_dotenv = (request.directory / DOTENV_NAME).is_file()
    database = database_service(request.directory, layout, rendered)
    lacks = missing(request.directory, layout, problems)
    return Proposal(layout, tool, files, env_guard(request.directory, layout), services, lacks, has_dotenv, database)


def write(
    directory: Path, proposal: Proposal, may_write: Callable[[ProposedFile], bool]
) -> tuple[ProposedFile, ...]:
    """Write what is not there and was said yes to; returns what was written.

    Raises:
        UsageError: a file cannot be written; those before it stay.
    """
    lacking = [file for file in proposal.files if not file.is_there]
    return tuple(file for file in lacking if may_write(file) and write_file(directory, file))


def first_check(request: InitRequest, layout: Layout, reporter: Reporter) -> FirstCheck:
    """The migration check of the whole history, without a database; a project that cannot be asked is no failure."""
    words = CheckWords(
        ini_path=request.directory / layout.alembic_ini, section=layout.section, python=request.python,
        has_database=False,
    )
    try:
        return FirstCheck(check_migrations(request.directory, words, reporter))
    except DeployError as measured:
        if measured.reference == NO_PYTHON:
            return FirstCheck(None, measured.what, measured.hint)
        reporter.say(f"nothing could be tried ({measured.what}): only the text is read")
    try:
        return FirstCheck(check_migrations(request.directory, replace(words, is_measured=False), reporter))
    except DeployError as error:
        return FirstCheck(None, error.what, error.hint)
