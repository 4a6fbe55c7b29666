"""Deploy, roll back, back up: from a request to a plan that waits for its yes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from deploy.checks.one_ledger import require_one_ledger
from deploy.commands.backups import newest_verified
from deploy.commands.database_service import ensure_database_service
from deploy.commands.modes import MODES
from deploy.commands.patience import with_patience
from deploy.commands.preflight import (
    check_backup,
    check_before,
    check_engine,
    check_unfinished,
    sweep_remains,
    take_database,
)
from deploy.commands.prepared import DeploymentDetails, Ground, Prepared
from deploy.commands.wiring import open_world
from deploy.model.backup_copies import local_only
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.doors import Reporter, World
from deploy.planning.deploy_windows import gate_window, why_closed
from deploy.settings.schema import Settings


@contextmanager
def prepare(
    settings: Settings, request: DeployRequest, reporter: Reporter
) -> Iterator[Prepared[DeploymentDetails]]:
    """Everything up to the plan: preflight, lock, image, look, judge. Nothing in production is changed.

    Only a database that is a service of the compose file, and does not run, is started: nothing can be seen without it.

    Raises:
        BlockedError: something is in the way.
        NotUndoneError: that database was started, and accepts no connection.
        LockedError: another deployment is under way.
    """
    with ExitStack() as stack:
        enter = lambda: stack.enter_context(open_world(settings, reporter, command=request.mode.value))  # noqa: E731
        world = with_patience(enter, request.wait_seconds, reporter.say)
        _gate_window(world, settings, request)
        check_unfinished(world, request.mode)
        check_engine(world)
        if request.mode is not Mode.BACKUP_ONLY:
            require_one_ledger(world, settings)
        sweep_remains(world)
        ensure_database_service(world, settings, request)
        take = lambda: take_database(world, request.mode)  # noqa: E731
        with_patience(take, request.wait_seconds, reporter.say, world.stop.raise_if_requested)
        # Beside the plan, not in it: its id must not change because a copy arrived meanwhile.
        if says := local_only(next(iter(world.backups.all()), None), settings.backup_copy_to):
            reporter.warn(says)
        database = world.database.observe()
        look = check_before(world, settings, request, database)
        if request.has_backup:
            check_backup(world, settings, database)
        prepared = MODES[request.mode](Ground(world, settings, request, database, look))
        # A backup alone uses no compose file.
        prepared = prepared.held_fast(settings, look.config if look else {}, schema=prepared.details.schema)
        # Beside the plan, too: it grows older every second.
        yield replace(
            prepared, details=replace(prepared.details, newest_verified=newest_verified(world.backups.all()))
        )


def _gate_window(world: World, settings: Settings, request: DeployRequest) -> None:
    """A plan may be looked at any time; it says that it could not be carried out now."""
    now = world.clock.now()
    if not request.is_only_planned:
        gate_window(settings, now, request)
    elif why := why_closed(settings.deploy_windows, settings.deploy_freeze, now):
        world.reporter.warn(why)
