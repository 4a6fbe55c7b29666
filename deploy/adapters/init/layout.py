"""What an Alembic project looks like: read from its files, never from its code being run."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path
from typing import Any

from deploy.adapters.init.application import find_application
from deploy.adapters.init.places import walk
from deploy.model.errors import UsageError
from deploy.model.init import Layout

DEFAULT_PYTHON = "3.12"
_NOT_COMPOSE = re.compile(r"[^a-z0-9_-]+")
_REPOSITORY = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?$", re.MULTILINE)


def read_layout(directory: Path, alembic_ini: str | None = None) -> Layout:
    """The project in this directory.

    Args:
        alembic_ini: which file, where there are several; relative to the directory.

    Raises:
        UsageError: there is no Alembic project, or there are several and none was named.
    """
    ini = _ini(directory, alembic_ini)
    name = ini.relative_to(directory).as_posix()
    section, location, notes = _script_location(ini)
    scripts = _scripts(directory, ini, location)
    if scripts is None:
        notes.append(f"script_location {location!r} of {name} was not found: it may be made at build time")
    application = find_application(directory)
    python_version, install, package_layout = _package(directory, ini)
    return Layout(
        project=_NOT_COMPOSE.sub("_", directory.resolve().name.lower()).strip("_-") or "app",
        alembic_ini=name,
        section=section,
        ini_in_image=_ini_in_image(name, application.context, application.working_directory),
        script_location=location,
        revisions=len(_revisions(scripts)) if scripts else 0,
        package_layout=package_layout,
        install=install,
        compose_files=application.compose_files,
        app_service=application.service,
        port=application.port,
        health_path=application.health_path,
        dockerfile=application.dockerfile,
        python_version=python_version or application.python_version or DEFAULT_PYTHON,
        branch=_branch(directory),
        github_repository=_repository(directory),
        has_gitlab=(directory / ".gitlab-ci.yml").exists(),
        notes=(*notes, *application.notes),
    )


def _ini(directory: Path, named: str | None) -> Path:
    if named is not None:
        if not (directory / named).is_file():
            raise UsageError(
                f"{named} is not there", hint="--alembic-ini PATH, relative to the project", reference="no-alembic"
            )
        return directory / named
    found = list(walk(directory, "alembic.ini"))
    if not found:
        raise UsageError(
            f"no alembic.ini in {directory}", hint="alembic init migrations, or --alembic-ini PATH",
            reference="no-alembic",
        )
    if len(found) > 1:
        names = ", ".join(path.relative_to(directory).as_posix() for path in found)
        raise UsageError(
            f"several alembic.ini: {names}", hint="name one with --alembic-ini", reference="several-alembic"
        )
    return found[0]


def _script_location(ini: Path) -> tuple[str, str, list[str]]:
    """The section and its value: [alembic], else the first section that has one (several databases)."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(ini.read_text(encoding="utf-8", errors="replace"))
    except configparser.Error as error:
        raise UsageError(
            f"{ini.name} cannot be read: {error.__class__.__name__}", hint="repair it", reference="bad-alembic-ini"
        ) from None
    with_scripts = [name for name in parser.sections() if parser.has_option(name, "script_location")]
    if not with_scripts:
        raise UsageError(
            f"{ini.name} has no script_location", hint="name another with --alembic-ini", reference="bad-alembic-ini"
        )
    chosen = "alembic" if "alembic" in with_scripts else with_scripts[0]
    notes = []
    if len(with_scripts) > 1 or chosen != "alembic":
        notes.append(
            f"{ini.name} has the sections {', '.join(with_scripts)}: the files are for {chosen}; "
            "the compose service `migration` must upgrade the other sections too"
        )
    return chosen, parser.get(chosen, "script_location").strip(), notes


def _scripts(directory: Path, ini: Path, location: str) -> Path | None:
    """Where that is: `%(here)s/…`, a path from the ini or from where Alembic is started, or `package:directory`."""
    package, separator, inside = location.partition(":")
    if separator and re.fullmatch(r"[\w.]+", package):
        tail = Path(*package.split("."), inside)
        tries = [root / tail for root in (ini.parent, directory, directory / "src", ini.parent.parent)]
    else:
        path = Path(location.replace("%(here)s", str(ini.parent)))
        tries = [path] if path.is_absolute() else [ini.parent / path, directory / path]
    return next((path for path in tries if path.is_dir()), None)


def _revisions(scripts: Path) -> list[Path]:
    folder = scripts / "versions"
    return [path for path in (folder if folder.is_dir() else scripts).rglob("*.py") if path.name != "__init__.py"]


def _ini_in_image(name: str, context: str, working_directory: str) -> str:
    """A guess: the build context is copied into the image; its working directory may be a folder below."""
    inside = name.removeprefix(f"{context}/") if context else name
    parent, _, tail = inside.rpartition("/")
    return tail if parent and working_directory.rstrip("/").endswith(f"/{parent}") else inside


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
