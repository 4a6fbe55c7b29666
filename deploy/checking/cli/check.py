"""`check`: the migration check, for migration-check.sh and `make migrate-check`."""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.cli.documents.projects import SnapshotDocument
from deploy.cli.options import Invocation, find_project, json_option
from deploy.cli.render import emit, make_reporter
from deploy.model.errors import (
    EXIT_BLOCKED,
    EXIT_DONE,
    POOLED_REFERENCE,
    BlockedError,
    CouldNotCheck,
    DeployError,
    UsageError,
)
from deploy.model.visible import visible

if TYPE_CHECKING:
    from deploy.model.check import CheckReport
    from deploy.model.doors import Reporter

KINDS = ("block", "long", "rewrite", "loss", "data", "breaks", "fails", "unknown")
PathOption = click.Path(path_type=Path)


def _source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Where the migrations come from."""
    for option in reversed((
        click.argument("files", nargs=-1, metavar="[FILE]..."),
        click.option("--image", "image_reference", metavar="REF", help="Check the Alembic project inside this image."),
        click.option("--config", "ini_path", type=PathOption, help="Check the Alembic project of this alembic.ini."),
        click.option("--section", default="alembic", show_default=True, help="The section of that file."),
        click.option(
            "--directory", type=PathOption,
            help="The directory in which its Python runs [default: that of alembic.ini].",
        ),
        click.option(
            "--python", metavar="PATH", help="The project's Python [default: that of its virtual environment].",
        ),
        click.option(
            "--env", "variables", multiple=True, metavar="NAME=VALUE",
            help="An environment variable for its env.py. A name without `=` means an environment, as everywhere.",
        ),
        click.option(
            "--alembic-arg", "x_arguments", multiple=True, metavar="ARG", help="An argument for Alembic's -x.",
        ),
        click.option("--run", "command", metavar="COMMAND", help="The project's own migration command."),
        click.option("--sql", "sql_paths", multiple=True, metavar="FILE", help="Check plain SQL; - is standard input."),
        click.option(
            "--transaction", type=click.Choice(["auto", "on", "off"]), default="auto", show_default=True,
            help="Whether each SQL file runs in one transaction.",
        ),
        click.option(
            "--from", "from_ids", multiple=True, metavar="ID",
            help="The start of the range [default: production's revision].",
        ),
        click.option("--to", "to_ids", multiple=True, metavar="ID", help="The end of the range [default: all heads]."),
    )):
        function = option(function)
    return function


def _knowledge_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What is known of production, and where it is tried."""
    for option in reversed((
        click.option("--snapshot", "snapshot_path", type=PathOption, help="Use what `snapshot` saved of production."),
        click.option("--no-database", is_flag=True, help="Use nothing of production; do not look at DATABASE_URL."),
        click.option("--no-server", is_flag=True, help="Read the text only; try nothing."),
        click.option(
            "--server", "scratch_url", default="", metavar="URL", help="Try the migrations on this server instead.",
        ),
        click.option("--major", type=int, help="The scratch server's major version [default: production's]."),
    )):
        function = option(function)
    return function


def _output_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """How it is told."""
    for option in reversed((
        click.option(
            "--fail-on", default="high", show_default=True, metavar="LEVEL|KIND,…",
            help=f"Exit 3 at or above this level, or at these kinds ({', '.join(KINDS)}); `never` is a level too.",
        ),
        click.option(
            "--output", "preview_path", type=PathOption, default=Path("migration_preview.sql"), show_default=True,
            help="The file for the SQL.",
        ),
        click.option("--verbose", "-v", "is_verbose", is_flag=True, help="Report everything, statement by statement."),
        click.option("--advice", "has_advice", is_flag=True, help="Report style as well."),
        json_option,
        click.option("--sarif", "output_format", flag_value="sarif", help="Print SARIF 2.1.0."),
        click.option(
            "--github", "output_format", flag_value="github", help="Print annotations, and write a step summary.",
        ),
        click.option("--markdown", "output_format", flag_value="markdown", help="Print Markdown for a pull request."),
    )):
        function = option(function)
    return function


@click.command("check", short_help="Say what the pending migrations will really do to production.")
@_source_options
@_knowledge_options
@_output_options
@click.pass_obj
def check_command(invocation: Invocation, /, **words: Any) -> None:
    """Say what the pending migrations will really do to production; change nothing.

    FILE: with migrations (.py), only their findings are reported; other files are plain SQL, as with --sql.

    Exit codes: 0 below --fail-on; 3 at or above it, or behind a transaction pooler; 2 usage;
    1 could not be checked.
    """
    invocation.has_json |= words.pop("has_json")
    output_format = words.pop("output_format") or ("json" if invocation.has_json else "text")
    is_verbose, threshold = words.pop("is_verbose"), words.pop("fail_on")
    require_threshold(threshold)
    from deploy.checking.commands.checking import check_migrations  # keeps --help quick

    reporter = make_reporter(output_format != "text")
    try:
        report = check_migrations(find_project(invocation.project_directory), read_words(words), reporter)
    except BlockedError as error:
        if error.reference == POOLED_REFERENCE:
            raise  # refused, not tried: the settings name the wrong door
        raise CouldNotCheck(error.what, hint=error.hint, reference=error.reference) from error
    except DeployError:
        raise
    except Exception as error:
        raise _internal(error) from error
    write(reporter, report, output_format, is_verbose=is_verbose)
    sys.exit(EXIT_BLOCKED if is_reached(report, threshold) else EXIT_DONE)


@click.command("snapshot", short_help="Save production's schema and sizes, for checks that cannot reach it.")
@click.option(
    "--output", "path", type=PathOption, default=Path("production.snapshot.json"), show_default=True,
    help="The file to write.",
)
@json_option
@click.pass_obj
def snapshot_command(invocation: Invocation, path: Path, has_json: bool) -> None:
    """Save production's schema and sizes, for checks that cannot reach production; the file has no row of data."""
    from deploy.checking.commands.checking import save_snapshot  # keeps --help quick

    has_json |= invocation.has_json
    reporter = make_reporter(has_json)
    snapshot = save_snapshot(find_project(invocation.project_directory), path, reporter)
    if has_json:
        document: SnapshotDocument = {
            "snapshot": str(path), "tables": len(snapshot.tables), "revisions": list(snapshot.revision_ids)
        }
        emit(document)
        return
    reporter.say(
        f"{path}: {snapshot.database_name}, PostgreSQL {snapshot.server_version}, at {snapshot.at}, "
        f"{len(snapshot.tables)} tables; no row of data"
    )


def _internal(error: Exception) -> CouldNotCheck:
    """A check changes nothing: its own failure is no answer, and no more than that."""
    from deploy.cli.traceback_file import write_traceback  # only when something broke

    path = write_traceback("".join(traceback.format_exception(error)))
    return CouldNotCheck(f"internal error: {error!r}", hint=f"see {path}", reference="internal-error")


def read_words(words: Mapping[str, Any]) -> Any:
    """The flags, typed (a CheckWords).

    Raises:
        UsageError: two sources, or a variable without a value.
    """
    from deploy.checking.commands.checking import CheckWords  # keeps --help quick

    migration_files = tuple(name for name in words["files"] if name.endswith(".py"))
    sql_paths = (*words["sql_paths"], *(name for name in words["files"] if name not in migration_files))
    given = (("--image", words["image_reference"]), ("--config", words["ini_path"]), ("--sql", sql_paths))
    sources = [name for name, value in given if value]
    if len(sources) > 1:
        raise UsageError(
            f"{' and '.join(sources)} exclude each other", hint="./scripts/migration-check.sh --help",
            reference="two-sources",
        )
    return CheckWords(
        image_reference=words["image_reference"], ini_path=words["ini_path"], section=words["section"],
        directory=words["directory"], python=words["python"], environment=_variables(words["variables"]),
        x_arguments=tuple(words["x_arguments"]), sql_paths=sql_paths,
        command=tuple(shlex.split(words["command"] or "")),
        is_one_transaction={"auto": None, "on": True, "off": False}[words["transaction"]],
        from_ids=_ids(words["from_ids"]), to_ids=_ids(words["to_ids"]), snapshot_path=words["snapshot_path"],
        has_database=not words["no_database"], is_measured=not words["no_server"], scratch_url=words["scratch_url"],
        major=words["major"], has_advice=words["has_advice"], preview_path=words["preview_path"],
        only_paths=migration_files or None,
    )


def _ids(given: Sequence[str]) -> tuple[str, ...] | None:
    """`--from base` is the empty database; nothing given is the default."""
    if not given:
        return None
    return tuple(name for name in given if name != "base")


def _variables(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for item in given:
        name, separator, value = item.partition("=")
        if not name:
            raise UsageError(f"--env {item} names no variable", hint="--env NAME=VALUE", reference="usage")
        if separator:
            found[name] = value
        else:
            os.environ["DEPLOY_ENV"] = name  # as `--env staging` of the other commands
    return found


def require_threshold(text: str) -> None:
    """Refuse a level or kind that does not exist, before anything is looked at.

    Raises:
        UsageError: naming it.
    """
    from deploy.model.risk import RiskLevel  # keeps --help quick

    if text == "never" or set(text.split(",")) <= set(KINDS):
        return
    try:
        RiskLevel.from_label(text)
    except KeyError:
        raise UsageError(
            f"--fail-on {text} is neither a level nor a list of kinds",
            hint=f"low, medium, high, very-high, never; or any of {','.join(KINDS)}", reference="usage",
        ) from None


def is_reached(report: CheckReport, threshold: str) -> bool:
    """Whether the report is at or above the threshold."""
    from deploy.model.risk import RiskLevel  # keeps --help quick

    if threshold == "never":
        return False
    kinds = set(threshold.split(","))
    if kinds <= set(KINDS):
        return any(revision.may_be(kinds) for revision in report.risk.revisions)
    level = RiskLevel.from_label(threshold)
    return bool(report.risk.findings or level > RiskLevel.LOW) and report.risk.level >= level


def write(reporter: Reporter, report: CheckReport, output_format: str, *, is_verbose: bool) -> None:
    """Print it."""
    from deploy.checking.cli import report as check_report  # keeps --help quick

    if output_format == "text":
        check_report.say_check(reporter, report, is_verbose=is_verbose)
    elif output_format == "markdown":
        click.echo(visible(check_report.check_to_markdown(report)))
    elif output_format == "github":
        from deploy.checking.cli.github_summary import append_step_summary

        for line in check_report.check_to_annotations(report):
            click.echo(visible(line))
        append_step_summary(check_report.check_to_step_summary(report))
    else:
        import json

        document = _sarif(report) if output_format == "sarif" else check_report.check_to_json(report)
        click.echo(json.dumps(document, indent=2))


def _sarif(report: CheckReport) -> dict[str, Any]:
    """With the pages of the rules, where this is a checkout that has them."""
    from deploy import __version__
    from deploy.checking.cli.report import check_to_sarif

    pages = Path(__file__).resolve().parents[3] / "docs" / "rules"
    found = {finding.rule: pages / f"{finding.rule}.md" for finding in report.risk.findings}
    texts = {rule: page.read_text(encoding="utf-8") for rule, page in found.items() if page.is_file()}
    return check_to_sarif(report, version=__version__, rule_texts=texts)
