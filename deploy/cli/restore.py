"""`restore BACKUP` and `restore discard`."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.cli.carrying_out import Presentation, carry_out
from deploy.cli.consent import confirm_option, consent_options, read_wish, require_consent_without_plan
from deploy.cli.documents.backups import DiscardDocument
from deploy.cli.options import Invocation, json_option, load

if TYPE_CHECKING:
    from deploy.model.restores import RestoreRequest

BACKUP = ""  # it is no word of its own, and stands in no usage line


class RestoreGroup(click.Group):
    """`restore NAME` without a word between; `discard` is the one word that is no backup."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the unsaid subcommand in."""
        return super().parse_args(ctx, args if args[:1] == ["discard"] else [BACKUP, *args])


@click.group("restore", short_help="Bring production back from a backup.", cls=RestoreGroup)
def restore_command() -> None:
    """Bring production back from a backup; the old database is kept until it is discarded."""


@restore_command.command(BACKUP)
@click.argument("backup_name", metavar="BACKUP")
@click.option("--release", metavar="RELEASE", help="Start this kept release, for example 7 or release-7.")
@click.option("--keep-down", is_flag=True, help="Start no release; the maintenance page stays on.")
@click.option("--no-owner", is_flag=True, help="Let everything belong to the deploying role; restore no rights.")
@click.option(
    "--in-place", is_flag=True, help="Restore into the live database, in one transaction, after a fresh backup of it.",
)
@click.option("--despite-failed-proof", is_flag=True, help="Restore even a backup whose last `backup verify` failed.")
@click.option("--to-url", metavar="URL", help="Restore into another, empty or new database; production is not touched.")
@click.option("--tables", metavar="A,B", help="Restore only these tables, beside the live ones, as A_restored_TIME.")
@consent_options
@json_option
@click.pass_obj
def backup_command(
    invocation: Invocation, /, backup_name: str, release: str | None, keep_down: bool, no_owner: bool, in_place: bool,
    despite_failed_proof: bool, to_url: str | None, tables: str | None, has_json: bool, **consent_words: Any,
) -> None:
    """Bring production back from BACKUP, a name of `backup list` or the path of a dump.

    Everything that was written since the backup will be gone from the live database.

    A .sql or .sql.gz file, or what pg_dump wrote, first becomes a backup, with its rows counted.

    The backup is restored beside the live database and compared with the manifest; then the two databases exchange
    their names in one transaction. The old database is kept until `restore discard`.
    """
    from deploy.cli.options import release_number
    from deploy.cli.render import make_reporter
    from deploy.cli.render_restore import restore_beside, restore_plan_to_json, say_restore_plan
    from deploy.commands.importing import import_dump, is_dump_path
    from deploy.commands.restoring import prepare_restore
    from deploy.model.restores import RestoreRequest

    invocation.has_json |= has_json
    reporter, wish = make_reporter(invocation.has_json), read_wish(consent_words)
    request = RestoreRequest(
        backup_name, not no_owner, in_place, release_number(release), keep_down, despite_failed_proof
    )
    require_fitting(request, to_url, tables, is_other=wish.is_said)
    if is_dump_path(backup_name):
        made = import_dump(load(invocation), Path(backup_name), reporter, has_owner=not no_owner)
        request = replace(request, backup_name=made.name)
        # The next command names the backup: the file would become another one, and with it another plan.
        words = tuple(made.name if word == backup_name else word for word in invocation.arguments)
        invocation = replace(invocation, arguments=words)
    if to_url or tables:
        sys.exit(restore_beside(load(invocation), request, to_url, tables, reporter, has_json=invocation.has_json))
    preparing = prepare_restore(load(invocation), request, reporter)
    sys.exit(carry_out(preparing, Presentation(say_restore_plan, restore_plan_to_json), invocation, wish))


def require_fitting(request: RestoreRequest, to_url: str | None, tables: str | None, *, is_other: bool) -> None:
    """What leaves production alone takes none of the flags that do not; one release is started, or none.

    Args:
        is_other: a flag of consent was given: `--plan`, `--yes`, `--confirm` or `--approve`.

    Raises:
        UsageError: flags that exclude each other.
    """
    from deploy.model.errors import UsageError

    has_release = request.release_number is not None
    is_other = is_other or request.is_in_place or has_release or request.keeps_down
    what = ""
    if (to_url and tables) or ((to_url or tables) and is_other):
        what = (
            "--to-url and --tables exclude each other, and --in-place, --release, --keep-down, --plan, --yes, "
            "--confirm and --approve"
        )
    elif has_release and request.keeps_down:
        what = "--release starts a release, and --keep-down starts none: they exclude each other"
    if what:
        raise UsageError(what, hint="./scripts/deploy.sh restore --help", reference="usage")


@restore_command.command("discard")
@click.argument("name", required=False)
@confirm_option
@json_option
@click.pass_obj
def discard_command(
    invocation: Invocation, name: str | None, confirmed_name: str | None, has_json: bool
) -> None:
    """Remove the old database that a restore kept: NAME, or the only one. This cannot be undone."""
    from deploy.cli.render import emit, make_reporter
    from deploy.commands.restoring import answer_to_discard, discard_consent, discard_databases, kept_databases
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
        needed = discard_consent(chosen)
        require_consent_without_plan(
            needed, partial(answer_to_discard, needed), read_wish({"confirmed_name": confirmed_name}).consent,
            invocation.arguments, f"the removal of {chosen}",
        )
        discard_databases(settings, (chosen,), reporter)
    if invocation.has_json:
        document: DiscardDocument = {"discarded": [chosen] if chosen else []}
        emit(document)
