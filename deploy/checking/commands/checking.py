"""The migration check by itself: `migration-check.sh`, `make migrate-check`. Nothing in production is changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from deploy.checking.alembic.project import SETTING_MISSING
from deploy.checking.alembic.project_python import find_project_python, named_python
from deploy.checking.commands.judging import Checked, check_pending
from deploy.checking.commands.preview import write_preview
from deploy.checking.commands.rates_file import rates_of_machine, read_rates
from deploy.checking.commands.snapshot_file import read_snapshot, write_snapshot
from deploy.checking.commands.sources import image_source, scheme_of, variables_of_compose
from deploy.checking.risk.sql_files import read_sql_file
from deploy.commands.project_settings import project_settings
from deploy.commands.resolve_image import resolve_image
from deploy.commands.wiring import CheckDoors, check_doors, open_world, require_other_server
from deploy.model.check import CheckReport
from deploy.model.check_request import CheckRequest, MigrationSource
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.doors import Reporter, Snapshots
from deploy.model.errors import BlockedError, DeployError, UsageError
from deploy.model.snapshot import Snapshot
from deploy.model.trace import SqlFile
from deploy.project.alembic_home import AlembicHome, find_home, home_in, read_home
from deploy.project.in_image import migration_command
from deploy.project.variables import DATABASE_URL, project_variables
from deploy.settings.load import load_settings, read_variable
from deploy.settings.migration_words import entry_words
from deploy.settings.schema import Settings

NO_IMAGE = frozenset({"image-not-found", "registry-unreachable", "image-denied"})
DEFAULT_SECTION = "alembic"
URL_VARIABLES = ("DEPLOY_DATABASE_URL", "DATABASE_URL")


@dataclass(frozen=True)
class CheckWords:
    """The flags, typed; None and empty mean "not given".

    Attributes:
        sql_paths: files, `-` for standard input.
        is_one_transaction: None decides by each file's content.
        environment: --env NAME=VALUE.
        preview_path: where migration_preview.sql goes.
        only_paths: tell the revisions of these files alone.
    """

    image_reference: str | None = None
    ini_path: Path | None = None
    section: str = DEFAULT_SECTION
    directory: Path | None = None
    python: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    x_arguments: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    sql_paths: tuple[str, ...] = ()
    is_one_transaction: bool | None = None
    from_ids: tuple[str, ...] | None = None
    to_ids: tuple[str, ...] | None = None
    snapshot_path: Path | None = None
    has_database: bool = True
    is_measured: bool = True
    scratch_url: str = ""
    major: int | None = None
    has_advice: bool = False
    preview_path: Path | None = None
    only_paths: tuple[str, ...] | None = None


def check_migrations(project_directory: Path, words: CheckWords, reporter: Reporter) -> CheckReport:
    """Judge what is pending; writes the preview beside.

    Raises:
        UsageError: the flags do not fit together, a file is missing.
        BlockedError: it could not be checked, with the cause.
    """
    with _doors(project_directory, words, reporter) as (doors, source):
        request = CheckRequest(
            source, _sql_files(words), words.from_ids, words.to_ids, words.is_measured, words.scratch_url,
            words.has_advice, words.only_paths,
        )
        snapshot = _snapshot(words, doors.snapshots)
        asked = None if words.snapshot_path else doors.snapshots
        is_estimated = snapshot is not None and words.is_measured and not words.scratch_url
        rates = rates_of_machine(doors.scratch) if is_estimated else read_rates()
        try:
            checked = check_pending(doors.scratch, request, snapshot, rates, _quiet, asked)
        except BlockedError as error:
            fuller = _with_compose(project_directory, source, error, reporter)
            checked = check_pending(doors.scratch, replace(request, source=fuller), snapshot, rates, _quiet, asked)
    _write_preview(words, checked)
    return checked.report


def save_snapshot(project_directory: Path, path: Path, reporter: Reporter) -> Snapshot:
    """Write production's schema and sizes to a file, for checks that cannot reach it.

    Raises:
        UsageError: no DATABASE_URL.
        BlockedError: production cannot be read, or the file not be written.
    """
    url = _database_url(project_directory)
    settings = _settings(project_directory) or (None if url else _settings_of_compose(project_directory))
    if settings is not None:
        with open_world(settings, reporter, command="snapshot", is_exclusive=False) as world:
            snapshot = world.snapshots.take()
    else:
        snapshots = check_doors(url).snapshots
        if snapshots is None:
            raise UsageError(
                "DATABASE_URL is not set", hint="name production's database, in .env or the environment",
                reference="no-database-url",
            )
        snapshot = snapshots.take()
    write_snapshot(path, snapshot)
    return snapshot


def _with_compose(
    project_directory: Path, source: MigrationSource | None, error: BlockedError, reporter: Reporter
) -> MigrationSource:
    """The project once more, with what its compose file gives the service that migrates.

    Raises:
        BlockedError: the one that was met: no setting is missing, or the compose file has no more.
    """
    if error.reference != SETTING_MISSING or source is None or source.image_id:
        raise error
    found = variables_of_compose(project_directory)
    more = {name: value for name, value in found.values.items() if name not in source.environment}
    if not more:
        raise error
    reporter.say(f"env.py is given what the compose file gives service {found.service}: {', '.join(sorted(more))}")
    return replace(source, environment={**more, **source.environment})


def _quiet(_: str) -> None:
    """A check tells its result, not its progress."""


@contextmanager
def _doors(
    project_directory: Path, words: CheckWords, reporter: Reporter
) -> Iterator[tuple[CheckDoors, MigrationSource | None]]:
    """The doors that this source needs: an engine only for an image."""
    settings = _settings(project_directory)
    require_other_server(_database_url(project_directory), words.scratch_url, settings)
    url = "" if words.snapshot_path or not words.has_database else _database_url(project_directory)
    is_local = bool(words.sql_paths or words.ini_path or words.python or words.directory)
    if is_local or (settings is None and words.image_reference is None):
        try:
            source = None if words.sql_paths else local_source(project_directory, words)
        except DeployError:
            # A server has the compose file, and neither the project's Python nor perhaps its files.
            settings = None if is_local else _settings_of_compose(project_directory)
            if settings is None:
                raise
        else:
            if source is not None and words.has_database and not words.snapshot_path:
                url = _database_url(project_directory, source.directory)
            yield check_doors(url, words.major, words.scratch_url, settings), source
            return
    if settings is None:
        settings = project_settings(project_directory)  # says what is missing
    with ExitStack() as stack:
        world = stack.enter_context(
            open_world(
                settings, reporter, command="check", is_exclusive=False, scratch_major=words.major,
                scratch_url=words.scratch_url,
            )
        )
        wanted = DeployRequest(Mode.MANUAL_MIGRATE, image_reference=words.image_reference)
        try:
            image = resolve_image(world, settings, wanted)
        except BlockedError as error:
            source = _instead_of_image(project_directory, words, error)
            reporter.warn(f"{error.what}: the project in {source.directory} is checked instead")
            has_snapshot = words.has_database and not words.snapshot_path
            yield CheckDoors(world.scratch, world.snapshots if has_snapshot else None), source
            return
        source = replace(image_source(world, settings, image.image_id), x_arguments=words.x_arguments)
        source = replace(source, environment={**source.environment, **words.environment}, command=words.command)
        has_snapshot = words.has_database and not words.snapshot_path
        yield CheckDoors(world.scratch, world.snapshots if has_snapshot else None), source


def _instead_of_image(project_directory: Path, words: CheckWords, error: BlockedError) -> MigrationSource:
    """Before a first deployment there is no image to be had, and the project lies here.

    Raises:
        BlockedError: the one that was met: an image was named, or the project is not here.
    """
    if words.image_reference is not None or error.reference not in NO_IMAGE:
        raise error
    try:
        return local_source(project_directory, words)
    except DeployError:
        raise error from None


def local_source(project_directory: Path, words: CheckWords, *, is_led: bool = True) -> MigrationSource:
    """The Alembic project in a directory of this machine: the one named, the one here, or the project's own.

    Args:
        is_led: its connections are led to a scratch server; else env.py connects to the database that is meant, and is
            told of DATABASE_URL.

    Raises:
        UsageError: there is no Alembic environment, or several.
        BlockedError: the project has no Python of its own.
    """
    home = _home(project_directory, words)
    directory = (words.directory or home.directory).absolute()
    python = named_python(words.python, directory) if words.python else find_project_python(directory)
    variables = project_variables(project_directory, directory, leads_nowhere=is_led)
    places = dict.fromkeys((project_directory, directory))
    if not is_led and (url := next(filter(None, (read_variable(place, DATABASE_URL) for place in places)), "")):
        variables[DATABASE_URL] = url
    database_url = _database_url(project_directory, directory)
    return MigrationSource(
        directory=directory, python=python, ini_path=str(home.file), section=home.section,
        environment={**variables, **words.environment}, x_arguments=words.x_arguments, command=words.command,
        scheme=scheme_of(database_url), has_percent="%" in database_url,
        entry=words.command or entry_of(home, project_directory),
    )


def entry_of(home: AlembicHome, project_directory: Path) -> tuple[str, ...]:
    """The project's own command, where env.py needs the application that it makes."""
    return entry_words(migration_command(home, home.file.name, project_directory, {})) if home.is_flask else ()


def _home(project_directory: Path, words: CheckWords) -> AlembicHome:
    section = "" if words.section == DEFAULT_SECTION else words.section
    if words.ini_path is not None:
        file = words.ini_path.absolute()
        if file.is_dir():
            return find_home(file, section)
        if not file.is_file():
            raise UsageError(
                f"there is no {file}",
                hint="name the project's file with --config, an image with --image, or SQL with --sql",
                reference="no-alembic-ini",
            )
        return read_home(file, (words.directory or Path.cwd()).absolute(), section)
    if words.directory is not None:
        return find_home(words.directory.absolute(), section)
    return home_in(Path.cwd(), section) or find_home(project_directory.absolute(), section)


def _settings(project_directory: Path) -> Settings | None:
    """Only what somebody set: a checkout with a compose file for development is no production."""
    try:
        return load_settings(project_directory)
    except UsageError:
        return None


def _settings_of_compose(project_directory: Path) -> Settings | None:
    try:
        return project_settings(project_directory)
    except UsageError:
        return None


def _database_url(project_directory: Path, directory: Path | None = None) -> str:
    """What was set, in the project's .env or in one beside its Alembic environment."""
    places = [project_directory, *([directory] if directory is not None and directory != project_directory else [])]
    return next((value for place in places for name in URL_VARIABLES if (value := read_variable(place, name))), "")


def _sql_files(words: CheckWords) -> tuple[SqlFile, ...]:
    found = []
    for name in words.sql_paths:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise UsageError(
                f"{name}: {error.strerror}", hint="name SQL files, or - for standard input", reference="no-such-file"
            ) from None
        found.append(read_sql_file(name, text, is_one_transaction=words.is_one_transaction))
    return tuple(found)


def _snapshot(words: CheckWords, snapshots: Snapshots | None) -> Snapshot | None:
    if words.snapshot_path is not None:
        return read_snapshot(words.snapshot_path)
    if not words.has_database or snapshots is None:
        return None
    return snapshots.take()


def _write_preview(words: CheckWords, checked: Checked) -> None:
    if words.preview_path is not None and checked.rendered:
        write_preview(words.preview_path, checked.rendered, checked.report.risk)
