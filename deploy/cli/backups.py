"""`backup create`, `list`, `show`, `push`, `pull`, `verify`, `keep`, `prune`."""

from __future__ import annotations

import sys

import click

from deploy.cli.copying import list_remote, prune_remote, pull_command, push_command
from deploy.cli.documents.backups import BackupDocument
from deploy.cli.options import Invocation, json_option, load, wait_option
from deploy.cli.render import emit, make_reporter


@click.group("backup", short_help="Make, list, verify, copy and remove backups.")
def backup_command() -> None:
    """Make, list, verify, copy and remove backups."""


backup_command.add_command(push_command)
backup_command.add_command(pull_command)


@backup_command.command("create")
@wait_option
@json_option
@click.pass_obj
def create_command(invocation: Invocation, wait_seconds: float | None, has_json: bool) -> None:
    """Back up the database; the same as ./scripts/deploy.sh --backup."""
    from deploy.cli.consent import Wish
    from deploy.cli.deploying import run_request  # the Docker SDK is not for --help
    from deploy.model.deployments import DeployRequest, Mode

    invocation.has_json |= has_json
    request = DeployRequest(Mode.BACKUP_ONLY, has_backup=True, wait_seconds=wait_seconds or 0)
    sys.exit(run_request(invocation, request, Wish()))


@backup_command.command("list")
@click.option("--remote", "target", metavar="URL", help="List the copies at this target instead.")
@json_option
@click.pass_obj
def list_command(invocation: Invocation, target: str | None, has_json: bool) -> None:
    """List the backups, newest first, with size and revision, and whether each was verified and copied."""
    from deploy.cli.render_backups import backups_to_json, say_backups
    from deploy.commands.backups import list_backups

    invocation.has_json |= has_json
    if target:
        list_remote(invocation, target)
        return
    backups, damaged = list_backups(load(invocation))
    if invocation.has_json:
        emit(backups_to_json(backups, damaged))
    else:
        say_backups(make_reporter(has_json=False), backups, damaged)


@backup_command.command("show")
@click.argument("name")
@json_option
@click.pass_obj
def show_command(invocation: Invocation, name: str, has_json: bool) -> None:
    """Show everything about one backup: files, tables, rows, checksums."""
    from deploy.cli.render_backups import backup_to_json, say_backup
    from deploy.commands.backups import show_backup

    invocation.has_json |= has_json
    backup = show_backup(load(invocation), name)
    if invocation.has_json:
        document: BackupDocument = {"backup": backup_to_json(backup)}
        emit(document)
    else:
        say_backup(make_reporter(has_json=False), backup)


@backup_command.command("verify")
@click.argument("name", required=False)
@click.option("--latest", is_flag=True, help="Take the newest one.")
@json_option
@click.pass_obj
def verify_command(invocation: Invocation, name: str | None, latest: bool, has_json: bool) -> None:
    """Restore the backup into a scratch server, and compare every table with the manifest; exit 1 if it differs."""
    from deploy.cli.render_backups import backup_to_json, say_verification
    from deploy.commands.verifying import verify_backup
    from deploy.model.errors import EXIT_DONE, EXIT_FAILED_AND_UNDONE, UsageError

    if bool(name) == latest:
        raise UsageError(
            "name one backup, or use --latest", hint="./scripts/deploy.sh backup list", reference="usage"
        )
    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    backup = verify_backup(load(invocation), name, reporter)
    if invocation.has_json:
        document: BackupDocument = {"backup": backup_to_json(backup)}
        emit(document)
    else:
        say_verification(reporter, backup)
    sys.exit(EXIT_DONE if backup.is_verified else EXIT_FAILED_AND_UNDONE)


@backup_command.command("keep")
@click.argument("name")
@click.option("--off", is_flag=True, help="Allow pruning again.")
@click.pass_obj
def keep_command(invocation: Invocation, name: str, off: bool) -> None:
    """Never prune this backup."""
    from deploy.commands.backups import keep_backup

    keep_backup(load(invocation), name, is_kept=not off)
    says = "may be pruned again" if off else "kept until you run this with --off"
    make_reporter(has_json=False).say(f"{name}: {says}")


@backup_command.command("prune")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed, and why.")
@click.option("--remote", "target", metavar="URL", help="Prune the copies at this target instead, by the same rules.")
@json_option
@click.pass_obj
def prune_command(invocation: Invocation, dry_run: bool, target: str | None, has_json: bool) -> None:
    """Remove backups that need not be kept any longer."""
    from deploy.cli.render_backups import say_verdicts, verdicts_to_json
    from deploy.commands.backups import prune_backups

    invocation.has_json |= has_json
    if target:
        prune_remote(invocation, target, is_dry_run=dry_run)
        return
    reporter = make_reporter(invocation.has_json)
    verdicts = prune_backups(load(invocation), reporter, is_dry_run=dry_run)
    if invocation.has_json:
        emit(verdicts_to_json(verdicts, is_dry_run=dry_run))
    else:
        say_verdicts(reporter, verdicts, is_dry_run=dry_run)
