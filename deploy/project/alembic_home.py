"""Which Alembic environment a project has: the one answer of the check, of `init` and of sync_db.

Files are read, nothing is run. What only the project's own Python knows is asked there, by
deploy/checking/alembic/programs/project_config.py, which follows the same rules.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.model.errors import UsageError
from deploy.project.ini_words import read_ini, read_text
from deploy.project.places import walk

INI, TOML = "alembic.ini", "pyproject.toml"
# Where `flask db init` and people put one that is not beside the code.
USUAL_FOLDERS = ("", "migrations", "alembic", "backend", "app", "src", "db", "database")


@dataclass(frozen=True)
class AlembicHome:
    """One environment of Alembic.

    Attributes:
        file: the ini, or pyproject.toml with [tool.alembic].
        section: of the ini; sections: all that have scripts, of several databases.
        script_location: as the file says it; of an ini without one, the directory in which env.py lies beside it.
        scripts: where that is; None where it was not found.
        directory: where Alembic is started.
        is_flask: the ini names no scripts, as that of Flask-Migrate does not: env.py needs the application, and
            `flask db upgrade` runs it.
    """

    file: Path
    section: str
    sections: tuple[str, ...]
    script_location: str
    scripts: Path | None
    directory: Path
    is_flask: bool = False

    @property
    def env_path(self) -> Path | None:
        """Its env.py."""
        return self.scripts / "env.py" if self.scripts else None

    @property
    def revision_paths(self) -> list[Path]:
        """Files of revisions that lie in the usual place."""
        if self.scripts is None:
            return []
        folder = self.scripts / "versions"
        place = folder if folder.is_dir() else self.scripts
        return [path for path in place.rglob("*.py") if path.name not in {"__init__.py", "env.py"}]


def find_home(directory: Path, section: str = "") -> AlembicHome:
    """The Alembic environment of the project in this directory.

    Args:
        section: of the ini; empty for the one that has scripts.

    Raises:
        UsageError: there is none, there are several, or its file is broken.
    """
    near = next(_files_in(directory), None)
    if near is not None:
        return read_home(near, directory, section)
    found = [path for path in _all_files(directory) if _is_one(path)]
    if not found:
        raise UsageError(
            f"no alembic.ini in {directory}, and no pyproject.toml with [tool.alembic]",
            hint="alembic init migrations, or name the file: --config PATH (init: --alembic-ini PATH)",
            reference="no-alembic",
        )
    if len(found) > 1:
        names = ", ".join(path.relative_to(directory).as_posix() for path in found)
        raise UsageError(
            f"several alembic.ini: {names}", hint="name one with --alembic-ini (the check and sync_db: --config)",
            reference="several-alembic",
        )
    return read_home(found[0], directory, section)


def home_in(directory: Path, section: str = "") -> AlembicHome | None:
    """The one that lies in this very directory, or where Flask-Migrate keeps it below; None where there is none."""
    places = [*_files_in(directory), *_files_in(directory / "migrations")]
    near = next((path for path in places if path.parent == directory or _is_flasks(path)), None)
    return read_home(near, directory, section) if near is not None else None


def read_home(file: Path, directory: Path, section: str = "") -> AlembicHome:
    """What this file says.

    Args:
        directory: of the project, from where Alembic may be started.

    Raises:
        UsageError: the file names no scripts.
    """
    return _read_toml(file) if file.suffix == ".toml" else _read_ini(file, directory, section)


def _files_in(directory: Path) -> Iterator[Path]:
    """Its own file of Alembic's; the ini goes before pyproject.toml, as for Alembic itself."""
    if (directory / INI).is_file():
        yield directory / INI
    elif (directory / TOML).is_file() and _toml_table(directory / TOML):
        yield directory / TOML


def _all_files(directory: Path) -> list[Path]:
    found = list(walk(directory, INI))
    folders = {path.parent for path in found}
    return found + [path for path in walk(directory, TOML) if path.parent not in folders and _toml_table(path)]


def _is_one(file: Path) -> bool:
    """Whether it says where scripts are; an ini of something else does not."""
    try:
        read_home(file, file.parent)
    except UsageError:
        return file.suffix != ".toml"  # a broken ini is told, not passed over
    return True


def _is_flasks(ini: Path) -> bool:
    try:
        return ini.suffix != ".toml" and read_home(ini, ini.parent).is_flask
    except UsageError:
        return False


def _read_toml(file: Path) -> AlembicHome:
    location = str(_toml_table(file).get("script_location") or "")
    if not location:
        raise UsageError(
            f"[tool.alembic] of {file.name} has no script_location", hint="name another file",
            reference="bad-alembic-ini",
        )
    return AlembicHome(file, "alembic", ("alembic",), location, _scripts(file, file.parent, location), file.parent)


def _toml_table(file: Path) -> dict[str, Any]:
    """[tool.alembic]; empty where it has none, or is no TOML."""
    try:
        table = tomllib.loads(read_text(file)).get("tool", {}).get("alembic", {})
    except tomllib.TOMLDecodeError:
        return {}
    return table if isinstance(table, dict) else {}


def _read_ini(file: Path, directory: Path, section: str) -> AlembicHome:
    parser = read_ini(read_text(file), file.name)
    sections = tuple(name for name in parser.sections() if parser.has_option(name, "script_location"))
    if not sections:
        return _without_location(file, section, has_section="alembic" in parser.sections())
    usual = "alembic" if "alembic" in sections else sections[0]
    chosen = section if section in sections else usual
    location = parser.get(chosen, "script_location").strip()
    scripts = _scripts(file, directory, location)
    return AlembicHome(file, chosen, sections, location, scripts, _start(file, directory, location))


def _without_location(file: Path, section: str, *, has_section: bool) -> AlembicHome:
    """The scripts are named in pyproject.toml beside it, or lie beside the ini (Flask-Migrate).

    Raises:
        UsageError: neither.
    """
    toml = file.parent / TOML
    if location := str(_toml_table(toml).get("script_location") or ""):
        scripts = _scripts(toml, file.parent, location)
        return AlembicHome(file, section or "alembic", ("alembic",), location, scripts, file.parent)
    if not has_section or not (file.parent / "env.py").is_file():
        raise UsageError(
            f"{file.name} has no script_location", hint="name another with --alembic-ini (the check and sync_db: "
            "--config)", reference="bad-alembic-ini",
        )
    return AlembicHome(
        file, section or "alembic", ("alembic",), file.parent.name, file.parent, file.parent.parent, is_flask=True
    )


def _scripts(file: Path, directory: Path, location: str) -> Path | None:
    """Where that is: `%(here)s/…`, a path from the ini or from where Alembic is started, or `package:directory`."""
    package, separator, inside = location.partition(":")
    if separator and re.fullmatch(r"[\w.]+", package):
        tail = Path(*package.split("."), inside)
        tries = [root / tail for root in (file.parent, directory, directory / "src", file.parent.parent)]
    else:
        path = Path(location.replace("%(here)s", str(file.parent)))
        tries = [path] if path.is_absolute() else [file.parent / path, directory / path, file.parent.parent / path]
    return next((path for path in tries if path.is_dir()), None)


def _start(file: Path, directory: Path, location: str) -> Path:
    """A relative location is seen from where Alembic is started: beside the ini, unless it is only there elsewhere."""
    relative = location.replace("%(here)s", str(file.parent))
    package, separator, inside = relative.partition(":")
    if separator and re.fullmatch(r"[\w.]+", package):
        relative = str(Path(*package.split("."), inside))
    if Path(relative).is_absolute():
        return file.parent
    places = (file.parent, directory, file.parent.parent)
    return next((place for place in places if (place / relative).is_dir()), file.parent)
