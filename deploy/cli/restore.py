"""`restore BACKUP` and `restore discard`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.cli.consent import require_name
from deploy.cli.documents.backups import DiscardDocument
from deploy.cli.options import Invocation, json_option, load, plan_option

if TYPE_CHECKING:
    from deploy.commands.restoring import PreparedRestore
    from deploy.model.restores import RestoreRequest

BACKUP = ""  # it is no word of its own, and stands in no usage line


class RestoreGroup(click.Group):
    """`restore NAME` without a word between; `discard` is the one word that is no backup."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the unsaid subcommand in."""
        return super().parse_args(ctx, args if args[:1] == ["discard"] else [BACKUP, *args])


@click.group("restore", cls=RestoreGroup)
def restore_command() -> None:
    """Bring production back from a backup; the old database is kept until it is discarded."""


@restore_command.command(BACKUP)
@click.argument("backup_name", metavar="BACKUP")
@click.option("--confirm", "confirmed_name", metavar="NAME", help="The database's name, instead of typing it.")
@click.option("--release", metavar="RELEASE", help="Start this kept release, such as 7 or release-7.")
@click.option("--keep-down", is_flag=True, help="Start nothing; the maintenance page stays on until you deploy.")
@click.option("--no-owner", is_flag=True, help="Everything belongs to the deploying role; no rights are restored.")
@click.option("--in-place", is_flag=True, help="Over the live database, in one transaction, after a fresh backup.")
@click.option("--despite-failed-proof", is_flag=True, help="Also a backup whose last `backup verify` failed.")
@click.option("--to-url", metavar="URL", help="Into another, empty or new database; production is not touched.")
@click.option("--tables", metavar="A,B", help="Only these, beside the live ones, as A_restored_TIME.")
@plan_option
@json_option
@click.pass_obj
def backup_command(
    invocation: Invocation, backup_name: str, confirmed_name: str | None, release: str | None, keep_down: bool,
    no_owner: bool, in_place: bool, despite_failed_proof: bool, to_url: str | None, tables: str | None,
    is_plan_only: bool, has_json: bool,
) -> None:
    """Bring production back from BACKUP (a name of `backup list`, or a dump's path): everything written since is gone.

    A .sql or .sql.gz file, or what pg_dump wrote, becomes a backup first: filled beside, its rows counted.

    Restored beside the live database, compared with the manifest, then swapped in one transaction. The old database
    is kept until `restore discard`.
    """
    from deploy.cli.options import release_number
    from deploy.cli.render import emit, make_reporter, outcome_to_json, say_outcome
    from deploy.cli.render_restore import (
        restore_beside,
        restore_plan_to_json,
        say_restore_plan,
    )
    from deploy.commands.importing import import_dump, is_dump_path
    from deploy.commands.restoring import prepare_restore
    from deploy.model.restores import RestoreRequest

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    request = RestoreRequest(
        backup_name, not no_owner, in_place, release_number(release), keep_down, despite_failed_proof
    )
    require_fitting(request, to_url, tables, is_other=bool(confirmed_name or is_plan_only))
    if is_dump_path(backup_name):
        made = import_dump(load(invocation), Path(backup_name), reporter, has_owner=not no_owner)
        request = replace(request, backup_name=made.name)
    if to_url or tables:
        sys.exit(restore_beside(load(invocation), request, to_url, tables, reporter, has_json=invocation.has_json))
    with prepare_restore(load(invocation), request, reporter) as prepared:
        say_restore_plan(reporter, prepared)
        if is_plan_only:
            if invocation.has_json:
                emit(restore_plan_to_json(prepared))
            return
        confirm(prepared, confirmed_name)
        outcome = prepared.execute()
    if invocation.has_json:
        emit(outcome_to_json(outcome))
    else:
        say_outcome(reporter, outcome)
    sys.exit(outcome.exit_code)


def require_fitting(request: RestoreRequest, to_url: str | None, tables: str | None, *, is_other: bool) -> None:
    """What leaves production alone takes none of the flags that do not; one release is started, or none.

    Args:
        is_other: `--confirm` or `--plan` was given.

    Raises:
        UsageError: flags that exclude each other.
    """
    from deploy.model.errors import UsageError

    has_release = request.release_number is not None
    is_other = is_other or request.is_in_place or has_release or request.keeps_down
    what = ""
    if (to_url and tables) or ((to_url or tables) and is_other):
        what = "--to-url and --tables exclude each other, and --in-place, --release, --keep-down, --confirm and --plan"
    elif has_release and request.keeps_down:
        what = "--release starts one, and --keep-down starts none"
    if what:
        raise UsageError(what, hint="./scripts/deploy.sh restore --help", reference="usage")


def confirm(prepared: PreparedRestore, confirmed_name: str | None) -> None:
    """The database's name, by flag or typed.

    Raises:
        BlockedError: it was another, or there is nobody to type it.
    """
    require_name(prepared.database_name, confirmed_name, "what was written since the backup will be gone")


@restore_command.command("discard")
@click.argument("name", required=False)
@click.option("--confirm", "confirmed_name", metavar="NAME", help="The old database's name, instead of typing it.")
@json_option
@click.pass_obj
def discard_command(
    invocation: Invocation, name: str | None, confirmed_name: str | None, has_json: bool
) -> None:
    """Remove the old database that a restore kept: NAME, or the only one. There is no way back after that."""
    from deploy.cli.render import emit, make_reporter
    from deploy.commands.restoring import discard_databases, kept_databases
    from deploy.model.errors import UsageError

    invocation.has_json |= has_json
    reporter, settings = make_reporter(invocation.has_json), load(invocation)
    kept = kept_databases(settings, reporter)
    for database in kept:
        reporter.say(f"{database.name}  {database.size_bytes:,} bytes")
    if name is None and len(kept) > 1:
        raise UsageError("several old databases are kept", hint="restore discard NAME", reference="usage")
    chosen = name or (kept[0].name if kept else None)
    if chosen is None:
        reporter.say("no old database is kept")
    else:
        require_name(chosen, confirmed_name, "the old database will be gone for ever")
        discard_databases(settings, (chosen,), reporter)
    if invocation.has_json:
        document: DiscardDocument = {"discarded": [chosen] if chosen else []}
        emit(document)
