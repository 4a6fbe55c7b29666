"""`backup push`, `backup pull`, and what `backup list` and `backup prune` do with --remote."""

from __future__ import annotations

import sys

import click

from deploy.cli.documents.backups import BackupDocument, PushDocument, RemoteBackupsDocument, RemotePruneDocument
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter
from deploy.model.errors import EXIT_DONE, EXIT_FAILED_AND_UNDONE, UsageError


@click.command("push")
@click.argument("name", required=False)
@click.option("--latest", is_flag=True, help="Take the newest one.")
@click.option("--to", "targets", multiple=True, metavar="URL", help="Send it here instead of to DEPLOY_BACKUP_COPY_TO.")
@click.option(
    "--verify", "is_whole", is_flag=True, help="Read the whole copy back, also files that were already there.",
)
@json_option
@click.pass_obj
def push_command(
    invocation: Invocation, name: str | None, latest: bool, targets: tuple[str, ...], is_whole: bool, has_json: bool
) -> None:
    """Copy a backup to other places, or continue a broken push; exit 1 if a target has no copy."""
    from deploy.cli.render_backups import backup_to_json  # nothing of this is for --help
    from deploy.commands.copying import push_backup

    if bool(name) == latest:
        raise UsageError("name one backup, or use --latest", hint="./scripts/deploy.sh backup list", reference="usage")
    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    report = push_backup(load(invocation), reporter, name, targets, is_whole=is_whole)
    if invocation.has_json:
        pushed: PushDocument = {
            "backup": backup_to_json(report.backup), "targets": list(report.targets),
            "problems": {
                target: {"what": error.what, "hint": error.hint, "reference": error.reference}
                for target, error in report.problems.items()
            },
        }
        emit(pushed)
    else:
        for target in report.targets:
            if error := report.problems.get(target):
                reporter.warn(f"local only: {error.what}")
                reporter.say(f"hint: {error.hint}")
            else:
                reporter.say(f"{report.backup.name}: copied to {target}, and checked there")
    sys.exit(EXIT_FAILED_AND_UNDONE if report.problems else EXIT_DONE)


@click.command("pull")
@click.argument("name", required=False)
@click.option("--from", "target", required=True, metavar="URL", help="Where the copy is.")
@click.option("--list", "is_list", is_flag=True, help="Only list the copies at the target.")
@json_option
@click.pass_obj
def pull_command(invocation: Invocation, name: str | None, target: str, is_list: bool, has_json: bool) -> None:
    """Fetch a copy, and compare every file with the manifest; nothing is kept of a damaged copy."""
    from deploy.cli.render_backups import backup_to_json, say_state
    from deploy.commands.copying import pull_backup

    if bool(name) == is_list:
        raise UsageError(
            "name one copy, or use --list", hint=f"./scripts/deploy.sh backup pull --list --from {target}",
            reference="usage",
        )
    invocation.has_json |= has_json
    if not name:
        list_remote(invocation, target)
        return
    reporter = make_reporter(invocation.has_json)
    backup = pull_backup(load(invocation), reporter, name, target)
    if invocation.has_json:
        document: BackupDocument = {"backup": backup_to_json(backup)}
        emit(document)
    else:
        reporter.say(f"{backup.name}: {backup.manifest.size_bytes:,} bytes, {say_state(backup)}")


def list_remote(invocation: Invocation, target: str) -> None:
    """`backup list --remote URL`."""
    from deploy.cli.render_backups import backups_to_json, say_backups
    from deploy.commands.copying import list_copies

    copies, damaged = list_copies(load(invocation), target)
    if invocation.has_json:
        document: RemoteBackupsDocument = {**backups_to_json(copies, damaged), "target": target}
        emit(document)
        return
    reporter = make_reporter(has_json=False)
    if copies or damaged:
        say_backups(reporter, copies, damaged)
    else:
        reporter.say(f"there is no copy at {target}")


def prune_remote(invocation: Invocation, target: str, *, is_dry_run: bool) -> None:
    """`backup prune --remote URL`."""
    from deploy.cli.render_backups import say_verdicts, verdicts_to_json
    from deploy.commands.copying import prune_copies

    reporter = make_reporter(invocation.has_json)
    pruning = prune_copies(load(invocation), reporter, target, is_dry_run=is_dry_run)
    if invocation.has_json:
        document: RemotePruneDocument = {
            **verdicts_to_json(pruning.verdicts, is_dry_run=is_dry_run), "target": target,
            "denied": dict(pruning.denied), "unfinished": list(pruning.unfinished),
        }
        emit(document)
        return
    removable = tuple(verdict for verdict in pruning.verdicts if verdict.backup.name not in pruning.denied)
    say_verdicts(reporter, removable, is_dry_run=is_dry_run)
    for name in pruning.unfinished:
        if name not in pruning.denied:
            reporter.say(f"{'would go' if is_dry_run else 'removed':<8}  {name}: a broken push left it")
    for why in pruning.denied.values():
        reporter.warn(f"past its time, and still there: {why}")
