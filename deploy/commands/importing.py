"""A dump of another origin becomes a backup, so that everything that can be done with a backup can be done with it."""

from __future__ import annotations

from pathlib import Path

from deploy.checks.one_ledger import require_one_ledger
from deploy.checks.resources import disk_problems
from deploy.commands.observe import observe_actor
from deploy.commands.preflight import check_engine, check_unfinished, raise_all
from deploy.commands.wiring import open_world
from deploy.model.backups import Backup, Occasion
from deploy.model.deployments import Mode
from deploy.model.doors import Reporter, World
from deploy.model.errors import BlockedError
from deploy.settings.schema import Settings

# The filled database, its log until the next checkpoint, and a script may be compressed.
ROOM_FACTOR = 4
DUMP_ENDINGS = (".sql", ".gz", ".dump", ".tar", ".backup", ".pgdump")


def is_dump_path(word: str) -> bool:
    """Whether a word of the command line means a file or directory, and no backup's name."""
    try:
        return "/" in word or word.endswith(DUMP_ENDINGS) or Path(word).exists()
    except OSError:  # such as a directory that may not be searched: by its looks it is no path
        return False


def import_dump(settings: Settings, path: Path, reporter: Reporter, *, has_owner: bool) -> Backup:
    """Fill it into a database beside production's, count its rows, back that up. Production is not touched.

    Raises:
        BlockedError: something is in the way, or the dump is not what it should be.
        StepFailed: the server did not take it.
        LockedError: a deployment is under way.
    """
    with open_world(settings, reporter, command="restore") as world:
        check_unfinished(world, Mode.RESTORE, ends_watch=False)
        check_engine(world)
        require_one_ledger(world, settings)
        world.backups.sweep_partial_files()
        world.restores.take_lock()
        _check(world, settings, path)
        actor = observe_actor()
        backup = world.backups.import_dump(
            path, Occasion(actor.user_name, actor.host_name), has_owner=has_owner, say=reporter.say,
            is_stop_requested=world.stop.is_requested,
        )
        reporter.say(f"kept as {backup.name}")
        for warning in backup.manifest.warnings:
            reporter.warn(warning)
        return backup


def _check(world: World, settings: Settings, path: Path) -> None:
    ground = world.restores.ground()
    if ground.swap_obstacle.endswith("may not create databases"):
        raise BlockedError(
            f"{ground.swap_obstacle}: a dump of another tool is first restored into a separate database",
            hint=f"run this once as an administrator: ALTER ROLE {ground.user_name} CREATEDB",
            reference="import-needs-createdb",
        )
    size = _size_bytes(path)
    needed = {settings.backup_directory: size}
    if ground.disk_path is not None:
        needed[Path(ground.disk_path)] = ROOM_FACTOR * size
    raise_all(disk_problems(world, settings, needed))


def _size_bytes(path: Path) -> int:
    """Of a file, or of a directory's files; 0 where there is none: the import says so.

    Raises:
        BlockedError: this user may not look.
    """
    try:
        files = list(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
        return sum(file.stat().st_size for file in files)
    except OSError as error:
        raise BlockedError(
            f"{error.filename or path} cannot be read: {error.strerror}",
            hint=f"run the same command as a user who may read {path}", reference="dump-not-readable",
        ) from None
