"""Production back from a backup, in one command; the old database is kept until it is discarded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.checks.one_ledger import require_one_ledger
from deploy.checks.resources import disk_problems
from deploy.commands.approvals import compose_file
from deploy.commands.observe import observe_running
from deploy.commands.own_images import of_release
from deploy.commands.preflight import check_engine, check_unfinished, raise_all, sweep_remains, take_database
from deploy.commands.prepared import Prepared
from deploy.commands.saved_plans import save_and_run
from deploy.commands.wiring import open_world
from deploy.model.backups import Backup
from deploy.model.consent import Answer, Consent, NeededConsent
from deploy.model.database import DatabaseState
from deploy.model.deployments import Mode
from deploy.model.doors import Reporter, World
from deploy.model.errors import BlockedError
from deploy.model.restores import RestoreGround, RestoreRequest, ServerDatabase
from deploy.model.unrestorable import advice_after_failed_proof
from deploy.planning.consent import Danger, judge_consent, needed_consent
from deploy.planning.plan_restore import plan_restore, restore_problems
from deploy.planning.restore_losses import restore_losses
from deploy.planning.restored_release import choose_release
from deploy.settings.schema import Settings

# The new database, and as much write-ahead log, until the next checkpoint.
ROOM_FACTOR = 2
# Backups are deployments, too: as many as this may have come since the last other one.
DEPLOYMENTS_LOOKED_AT = 1000


@dataclass(frozen=True)
class RestoreDetails:
    """What a restore's plan was decided on.

    Attributes:
        losses: what will be gone, one sentence each.
    """

    losses: tuple[str, ...]


@contextmanager
def prepare_restore(
    settings: Settings, request: RestoreRequest, reporter: Reporter
) -> Iterator[Prepared[RestoreDetails]]:
    """Everything up to the plan. The backup's files are read whole; nothing in production is changed.

    Raises:
        BlockedError: something is in the way.
        LockedError: a deployment is under way.
    """
    with open_world(settings, reporter, command="restore") as world:
        check_unfinished(world, Mode.RESTORE)
        check_engine(world)
        require_one_ledger(world, settings)
        sweep_remains(world)
        backup = world.backups.get(request.backup_name)
        require_no_failed_proof(backup, request)
        world.restores.take_lock()
        ground = world.restores.ground()
        _check(world, settings, backup, ground, request)
        database = _database(world, ground)
        observed = observe_running(world, settings, database)
        choice = choose_release(observed, backup.manifest, request)
        if choice.release is not None:
            observed = of_release(world, observed, choice.release.name)
        reporter.say(f"reading {backup.name}")
        world.restores.require_readable(backup.name, world.stop.is_requested)
        newer = world.restores.rows_since(
            settings.restore_time_columns if ground.database else (), backup.manifest.started_at
        )
        has_page = world.edge.is_reachable() and world.edge.is_in_maintenance()
        now = world.clock.now()
        plan = plan_restore(settings, observed, backup, ground, request, choice, now, has_page=has_page)
        needed = needed_consent(plan.mode, Danger.WRITTEN_SINCE_LOST, world.restores.database_name)
        prepared = Prepared(
            plan, needed, RestoreDetails(restore_losses(backup, ground, newer, now)), world,
            lambda plan: save_and_run(world, plan, observed.actor),
        )
        yield prepared.held_fast(settings, compose_file(world), more=_approved_with(world, backup))


def _approved_with(world: World, backup: Backup) -> dict[str, str]:
    """A plan that was carried out would be the same a second time, if nothing told that it was."""
    deployments = world.ledger.deployments(DEPLOYMENTS_LOOKED_AT)
    last = next((d.deployment_id for d in deployments if d.plan.mode is not Mode.BACKUP_ONLY), "")
    files = [(file.name, file.content_sha256) for file in backup.manifest.files]
    return {"the last deployment": last, "the backup's content": json.dumps(files)}


def require_no_failed_proof(backup: Backup, request: RestoreRequest) -> None:
    """Nobody sees the maintenance page for a backup that is known not to restore.

    Raises:
        BlockedError: its last proof failed, and nobody said to try all the same.
    """
    proof = backup.record.verification
    if proof is None or proof.is_good or request.despite_failed_proof:
        return
    problem = next(iter(proof.problems), "")
    raise BlockedError(
        f"{backup.name} failed its last verification ({proof.at:%Y-%m-%d %H:%M} UTC): {problem}",
        hint=f"{advice_after_failed_proof(backup.name, problem)}; to try it anyway: --despite-failed-proof",
        reference="backup-failed-its-proof",
    )


def _check(
    world: World, settings: Settings, backup: Backup, ground: RestoreGround, request: RestoreRequest
) -> None:
    problems = restore_problems(backup.manifest, ground, request)
    problems += disk_problems(world, settings, _room(settings, backup, ground))
    try:
        world.reporter.say(f"pg_restore: {world.restores.client(backup.manifest.server_major)}")
    except BlockedError as error:
        problems.append(error)
    raise_all(problems)


def _room(settings: Settings, backup: Backup, ground: RestoreGround) -> dict[Path, int]:
    """What the server and the decrypted archive will take; nothing where the server's disk cannot be seen."""
    needed: dict[Path, int] = {}
    if ground.disk_path is not None:
        needed[Path(ground.disk_path)] = ROOM_FACTOR * backup.manifest.database_bytes + backup.manifest.size_bytes
    if backup.manifest.is_encrypted:
        needed[settings.backup_directory] = backup.manifest.size_bytes
    return needed


def _database(world: World, ground: RestoreGround) -> DatabaseState:
    """The live database as it is; an empty look where it is gone, or takes no connection: that is why we are here."""
    if ground.database is not None and ground.database.is_open:
        take_database(world, Mode.RESTORE)
        return world.database.observe()
    return DatabaseState(
        world.restores.database_name, "", ground.server_major, False, (), (), 0, 0, 0, (), ()
    )


def kept_databases(settings: Settings, reporter: Reporter) -> tuple[ServerDatabase, ...]:
    """Old databases of earlier restores, oldest first.

    Raises:
        BlockedError: the server does not answer.
    """
    with open_world(settings, reporter, command="restore discard", is_exclusive=False) as world:
        return world.restores.ground().kept


def discard_consent(name: str) -> NeededConsent:
    """What the removal of an old database needs."""
    return needed_consent(Mode.RESTORE, Danger.GONE_FOR_EVER, name)


def answer_to_discard(needed: NeededConsent, consent: Consent) -> Answer:
    """What a consent is worth for it; it has no plan that could be approved by its id."""
    return judge_consent(needed, consent, None)


def discard_databases(settings: Settings, names: tuple[str, ...], reporter: Reporter) -> None:
    """Remove them for ever.

    Raises:
        BlockedError: one is not an old database of a restore, or a deployment is unfinished.
        StepFailed: the server refused.
    """
    with open_world(settings, reporter, command="restore discard") as world:
        check_unfinished(world, Mode.RESTORE, ends_watch=False)
        check_engine(world)
        require_one_ledger(world, settings)  # another checkout's unfinished restore may need the old database
        kept = {database.name for database in world.restores.ground().kept}
        for name in names:
            if name not in kept:
                raise BlockedError(
                    f"{name} is not an old database of a restore",
                    hint=f"these are: {', '.join(sorted(kept)) or 'none'}", reference="no-such-old-database",
                )
        for name in names:
            world.restores.drop_database(name)
            reporter.say(f"{name} is removed")
