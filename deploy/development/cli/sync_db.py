"""`./scripts/sync_db.py`: the developer's database, brought to what the models say."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.cli.documents.projects import SyncDocument
from deploy.cli.options import Invocation, find_project, json_option
from deploy.model.errors import BlockedError, UsageError

if TYPE_CHECKING:
    from deploy.development.commands.sync_db import SyncOutcome
    from deploy.model.check import CheckReport
    from deploy.model.doors import Reporter

PathOption = click.Path(path_type=Path)


@click.command("sync-db", short_help="For development: make models, revisions and database agree.")
@click.option("--auto", "is_auto", is_flag=True, help="Ask nothing; stop if a person should decide.")
@click.option(
    "--check-only", "is_check_only", is_flag=True, help="Change nothing; exit 3 if something is pending or differs.",
)
@click.option("--force-recreate", "recreates", is_flag=True, help="Make a new, empty database; needs its name.")
@click.option(
    "--database", "database_name", default="", metavar="NAME", help="The database's name, for --force-recreate.",
)
@click.option("--message", "-m", default="", help="The message of the new revision.")
@click.option("--backup/--no-backup", "has_backup", default=None, help="Make a backup first, or not [default: ask].")
@click.option(
    "--snapshot", "snapshot_path", type=PathOption, help="A snapshot of production: judge the risk with its sizes.",
)
@click.option("--config", "ini_path", type=PathOption, help="The project's alembic.ini.")
@click.option("--section", default="alembic", show_default=True, help="The section of that file.")
@click.option(
    "--directory", type=PathOption, help="The directory in which its Python runs [default: that of alembic.ini].",
)
@click.option("--python", metavar="PATH", help="The project's Python [default: that of its virtual environment].")
@click.option("--alembic-arg", "x_arguments", multiple=True, metavar="ARG", help="Alembic's -x.")
@click.option("--project-directory", type=PathOption, help="The directory of .env.")
@json_option
@click.pass_obj
def sync_db_command(invocation: Invocation, /, project_directory: Path | None, **words: Any) -> None:
    """Make models, revisions and the development database agree; each new revision is proven first.

    Exit codes: 0 they agree; 1 failed, undone; 3 they do not agree, or a person must decide (the message says what
    was changed before, if anything).
    """
    has_json = words.pop("has_json") or invocation.has_json
    if words["is_auto"] and words["is_check_only"]:
        raise UsageError("--auto and --check-only exclude each other", hint="give one", reference="two-modes")
    from deploy.checking.commands.checking import CheckWords  # keeps --help quick
    from deploy.development.commands.sync_db import SyncWords, sync_db

    project = CheckWords(
        ini_path=words.pop("ini_path"), section=words.pop("section"), directory=words.pop("directory"),
        python=words.pop("python"), x_arguments=words.pop("x_arguments"),
    )
    typed = replace(SyncWords(**words), project=project)
    is_asking = not (typed.is_auto or typed.is_check_only)
    if is_asking and not sys.stdin.isatty():
        raise BlockedError(
            "there is no terminal to ask on", hint="./scripts/sync_db.py --auto, or --check-only",
            reference="no-terminal",
        )
    from deploy.cli.progress import make_reporter

    directory = find_project(project_directory or invocation.project_directory)
    outcome = sync_db(directory, typed, TerminalTalk(make_reporter(has_json)))
    if has_json:
        from deploy.cli.render import emit

        emit(outcome_to_json(outcome))
    sys.exit(outcome.exit_code)


class TerminalTalk:
    """Lines through the reporter, questions through Click."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def say(self, line: str) -> None:
        """A line."""
        self._reporter.say(line)

    def warn(self, line: str) -> None:
        """A line that must not be missed."""
        self._reporter.warn(line)

    def show_check(self, report: CheckReport) -> None:
        """As the migration check prints it."""
        from deploy.checking.cli.report import say_check

        say_check(self._reporter, report, has_next=False)

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        return click.confirm(question, default=default, err=True)

    def ask(self, question: str, default: str) -> str:
        """A line of text."""
        return str(click.prompt(question, default=default, show_default=bool(default), err=True)).strip()


def outcome_to_json(outcome: SyncOutcome) -> SyncDocument:
    """What was found and done."""
    generated, proof = outcome.generated, outcome.proof
    return {
        "sync": {
            "is_in_step": outcome.is_in_step,
            "database": outcome.database,
            "revisions": list(outcome.revision_ids),
            "pending": list(outcome.pending),
            "differences": list(outcome.differences),
            "generated": None if generated is None or not generated.text else {
                "revision": generated.revision_id, "file": outcome.revision_path or None, "text": generated.text,
            },
            "possible_renames": [rename.says for rename in generated.renames] if generated else [],
            "proof": None if proof is None else {
                "server": proof.server, "is_good": proof.is_good, "rows": proof.rows, "tables": proof.tables,
                "unfilled": list(proof.unfilled), "problems": list(proof.problems), "losses": list(proof.losses),
                "not_proven": proof.not_proven or None,
            },
            "backup": outcome.backup_file or None,
            "doubts": list(outcome.doubts),
        }
    }
