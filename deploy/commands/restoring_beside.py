"""Restores that leave production's database as it is: into another one, or single tables beside the live ones."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.checks.one_ledger import require_one_ledger
from deploy.checks.restored_content import content_problems
from deploy.commands.preflight import check_engine, check_unfinished, raise_all
from deploy.commands.wiring import open_elsewhere, open_vault, open_world
from deploy.model.backups import Backup, TableContent
from deploy.model.deployments import Mode
from deploy.model.doors import Reporter
from deploy.model.errors import BlockedError, StepFailed
from deploy.model.restore_doors import Restores, RestoreTarget
from deploy.model.restores import RestoreRequest, plan_copies
from deploy.planning.plan_restore import restore_problems
from deploy.settings.schema import Settings


def restore_elsewhere(settings: Settings, request: RestoreRequest, url: str, reporter: Reporter) -> tuple[str, ...]:
    """Into an empty database, or one that is made for it; what differs from the manifest.

    Raises:
        UsageError: the URL is not usable, or production's own.
        BlockedError: the backup is damaged, the database holds something, roles are missing.
        StepFailed: it could not be restored; a database that was made for it is gone again.
    """
    with open_vault(settings) as vault, open_elsewhere(settings, url) as restores:
        backup = vault.backups.get(request.backup_name)
        restores.require_readable(backup.name, lambda: False)
        ground = restores.ground()
        raise_all(restore_problems(backup.manifest, ground, request, is_elsewhere=True))
        name = restores.database_name
        if ground.database is not None:
            _require_empty(restores, name)
            return _fill(restores, backup, request, reporter)
        restores.create_database(name, backup.name, has_owner=request.has_owner)
        try:
            restores.apply_properties(name, backup.name, has_owner=request.has_owner)
            return _fill(restores, backup, request, reporter)
        except BaseException:
            restores.drop_database(name)
            raise


def _require_empty(restores: RestoreTarget, name: str) -> None:
    content = restores.content(name, ())
    if content.tables or content.sequences or content.large_objects:
        raise BlockedError(
            f"database {name} is not empty: {len(content.tables)} tables",
            hint="name a database that does not exist; the restore creates it", reference="restore-target-not-empty",
        )


def _fill(restores: Restores, backup: Backup, request: RestoreRequest, reporter: Reporter) -> tuple[str, ...]:
    name, expected = restores.database_name, backup.manifest.content
    seconds = restores.fill_database(
        name, backup.name, has_owner=request.has_owner, say=reporter.say, is_stop_requested=lambda: False
    )
    reporter.say(f"restored into {name} in {seconds:.1f} s; comparing")
    hashed = [table.name for table in expected.tables if table.content_hash is not None]
    return content_problems(expected, restores.content(name, hashed))


def restore_tables(
    settings: Settings, backup_name: str, wanted: Sequence[str], reporter: Reporter
) -> tuple[TableContent, ...]:
    """Tables beside the live ones, as they are there now; the application goes on meanwhile.

    Raises:
        BlockedError: one is not in the backup, the backup is damaged, no server is at hand.
        StepFailed: it failed, or differs from the manifest.
        LockedError: a deployment is under way.
    """
    with open_world(settings, reporter, command="restore --tables") as world:
        check_unfinished(world, Mode.RESTORE, ends_watch=False)
        check_engine(world)
        require_one_ledger(world, settings)
        world.database.take_deployment_lock()
        manifest = world.backups.get(backup_name).manifest
        there = {table.name: table for table in manifest.content.tables}
        copies = plan_copies(wanted, tuple(there), world.clock.now())
        found = world.restores.bring_tables(
            backup_name, copies, say=reporter.say, is_stop_requested=world.stop.is_requested
        )
    for copy, table in zip(copies, found, strict=True):
        expected = there[copy.name]
        is_equal = expected.content_hash in {None, table.content_hash}
        if expected.rows != table.rows or not is_equal:
            raise StepFailed(
                f"{table.name} is not what was backed up: {table.rows:,} rows, not {expected.rows:,}, or other content",
                hint=f"DROP TABLE {table.name}; then take another backup", reference="restore-differs",
            )
    return found
