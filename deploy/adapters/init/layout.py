"""What an Alembic project looks like: read from its files, never from its code being run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from deploy.adapters.init.application import Application, find_application
from deploy.adapters.init.compose_reading import ComposeReading
from deploy.model.errors import UsageError
from deploy.model.init import Layout
from deploy.project.alembic_home import AlembicHome, find_home, read_home
from deploy.project.in_image import ini_in_image, migration_command
from deploy.project.ini_words import read_text
from deploy.project.places import walk
from deploy.settings.database_of_compose import database_url_of

RELEASE_HEADER = "X-Release"
MOST_SOURCES = 2000
DEFAULT_PYTHON = "3.12"
_NOT_COMPOSE = re.compile(r"[^a-z0-9_-]+")
_REPOSITORY = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?$", re.MULTILINE)


def read_layout(directory: Path, alembic_ini: str | None = None, rendered: ComposeReading | None = None) -> Layout:
    """The project in this directory.

    Args:
        alembic_ini: which file, where there are several; relative to the directory.
        rendered: the compose files as `docker compose config` gives them; None: they are read here.

    Raises:
        UsageError: there is no Alembic project, or there are several and none was named.
    """
    directory = directory.resolve()
    home = _home(directory, alembic_ini)
    name = home.file.relative_to(directory).as_posix()
    notes = _notes(home, name)
    application = find_application(directory, rendered)
    python_version, install, package_layout = _package(directory, home.file)
    reading = application.reading
    file = ini_in_image(name, application.context, application.working_directory)
    service = reading.services.get(application.service, {})
    return Layout(
        project=_NOT_COMPOSE.sub("_", directory.name.lower()).strip("_-") or "app",
        alembic_ini=name,
        section=home.section,
        ini_in_image=file,
        script_location=home.script_location,
        revisions=len(home.revision_paths),
        package_layout=package_layout,
        install=install,
        compose_files=reading.files,
        app_service=application.service,
        port=application.port,
        health_path=application.health_path,
        dockerfile=application.dockerfile,
        python_version=python_version or application.python_version or DEFAULT_PYTHON,
        branch=_branch(directory),
        github_repository=_repository(directory),
        has_gitlab=(directory / ".gitlab-ci.yml").exists(),
        notes=(*notes, *application.notes),
        migration_command=migration_command(home, file, directory, service),
        has_own_compose=_can_be_laid_over(reading, application),
        has_release_header=_says_release(directory),
        is_flask=home.is_flask,
        build_context=application.context,
        env_path=_relative(home.env_path, directory),
        has_database=_has_database(service),
    )


def _relative(path: Path | None, directory: Path) -> str:
    return path.relative_to(directory).as_posix() if path is not None and path.is_relative_to(directory) else ""


def _home(directory: Path, named: str | None) -> AlembicHome:
    if named is None:
        return find_home(directory)
    if not (directory / named).is_file():
        raise UsageError(
            f"{named} is not there", hint="--alembic-ini PATH, relative to the project", reference="no-alembic"
        )
    return read_home(directory / named, directory)


def _notes(home: AlembicHome, name: str) -> list[str]:
    notes = []
    if len(home.sections) > 1 or home.section != "alembic":
        notes.append(
            f"{name} has the sections {', '.join(home.sections)}: the files are for {home.section}; "
            "the compose service `migration` must upgrade the other sections too"
        )
    if home.scripts is None:
        notes.append(f"script_location {home.script_location!r} of {name} was not found: it may be made at build time")
    return notes


def _can_be_laid_over(reading: ComposeReading, application: Application) -> bool:
    """Whether a deployment takes these files as they are, with what it lays over them (decision 0031)."""
    is_at_root = bool(reading.files) and all("/" not in name for name in reading.files)
    is_ours = is_at_root and {"edge", "migration"} <= set(reading.services)
    return is_at_root and application.is_found and not is_ours


def _has_database(service: Mapping[str, Any]) -> bool:
    """Whether its environment says it; a secret's file is not read here."""
    environment = {name: str(value or "") for name, value in (service.get("environment") or {}).items()}
    return database_url_of(environment, {}) is not None


def _says_release(directory: Path) -> bool:
    """Whether the application tells its release in the header that a deployment looks for."""
    return any(RELEASE_HEADER in read_text(path) for path in islice(walk(directory, "*.py", 8), MOST_SOURCES))


def _package(directory: Path, ini: Path) -> tuple[str, str, str]:
    """Python's version, what pip installs, and how the package lies."""
    homes = list(dict.fromkeys((ini.parent, *ini.parent.parents)))
    homes = [home for home in homes if home == directory or directory in home.parents]
    for home in homes:
        prefix = home.relative_to(directory).as_posix()
        if (home / "requirements.txt").is_file() and not _has_project(home):
            name = "requirements.txt" if prefix == "." else f"{prefix}/requirements.txt"
            return "", f"-r {name}", "scripts"
        if _has_project(home):
            layout = "src" if (home / "src").is_dir() else "flat"
            return _python_version(home), "." if prefix == "." else f"./{prefix}", layout
    return "", "alembic sqlalchemy", "scripts"


def _has_project(home: Path) -> bool:
    return bool(_project_table(home)) or (home / "setup.py").is_file()


def _project_table(home: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    table: dict[str, Any] = raw.get("project") or raw.get("tool", {}).get("poetry") or {}
    return table


def _python_version(home: Path) -> str:
    """The lowest that `requires-python` allows: what passes there passes on newer ones."""
    table = _project_table(home)
    found = re.search(r"(?:>=|==|~=)\s*(3\.\d+)", str(table.get("requires-python", "")))
    return found[1] if found else ""


def _branch(directory: Path) -> str:
    try:
        head = (directory / ".git" / "HEAD").read_text(encoding="utf-8")
    except OSError:
        return "main"
    found = re.fullmatch(r"ref: refs/heads/([\w./-]+)\s*", head)
    return found[1] if found else "main"


def _repository(directory: Path) -> str:
    try:
        found = _REPOSITORY.search((directory / ".git" / "config").read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found[1] if found else ""
