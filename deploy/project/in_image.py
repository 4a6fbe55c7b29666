"""Where a project's Alembic is in its image, and how it is run there: for a deployment to which nobody says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.model.errors import UsageError
from deploy.project.alembic_home import INI, AlembicHome, find_home
from deploy.project.ini_words import read_text
from deploy.project.places import walk

FLASK_UPGRADE = "flask db upgrade"
# `flask --app shop db upgrade`, `python -m shop.cli db upgrade`, `superset db upgrade`, `./manage.py db upgrade`.
_OWN_UPGRADE = re.compile(
    r"(?<![\w./-])((?:python3?\s+(?:-m\s+)?[\w./-]+|flask(?:\s+(?:--app|-A)[ =][\w.:/-]+)?|[\w./-]+)\s+db\s+upgrade)\b"
)
_WORKDIR = re.compile(r"^\s*WORKDIR\s+(\S+)", re.MULTILINE | re.IGNORECASE)
SHELL_DEPTH = 3


def settings_of_project(project_directory: Path, service: Mapping[str, Any]) -> dict[str, str]:
    """DEPLOY_ALEMBIC_INI and DEPLOY_MIGRATION_COMMAND, where the project's files say that the defaults are wrong.

    Args:
        service: the application's, of `docker compose config --format json`; empty where it is not known.
    """
    try:
        home = find_home(project_directory.resolve())
    except UsageError:
        return {}
    build = service.get("build") or {}
    context, dockerfile = (build.get("context"), build.get("dockerfile")) if isinstance(build, Mapping) else (build, "")
    place = (project_directory / str(context or ".")).resolve()
    working = working_directory(read_text(place / str(dockerfile or "Dockerfile")))
    root = project_directory.resolve()
    inside = place.relative_to(root).as_posix() if place.is_relative_to(root) else ""
    file = ini_in_image(home.file.relative_to(root).as_posix(), "" if inside == "." else inside, working)
    found = {} if file == INI else {"DEPLOY_ALEMBIC_INI": file}
    command = migration_command(home, file, project_directory, service)
    return found | ({"DEPLOY_MIGRATION_COMMAND": command} if command else {})


def migration_command(home: AlembicHome, file: str, project_directory: Path, service: Mapping[str, Any]) -> str:
    """The project's own command; empty where `alembic upgrade` with the file is enough."""
    if home.is_flask:
        found = next(own_upgrades(project_directory, service), FLASK_UPGRADE)
        is_usual = home.script_location == "migrations"
        return found if is_usual or not found.startswith("flask") else f"{found} --directory {home.script_location}"
    if home.section != "alembic":
        return f"alembic -c {file} -n {home.section} upgrade head"
    return ""


def own_upgrades(project_directory: Path, service: Mapping[str, Any]) -> Iterator[str]:
    """Commands that upgrade, nearest to production first: the service's, Procfile, Dockerfile, shell scripts."""
    texts = [_flat(service.get(key)) for key in ("entrypoint", "command")]
    texts += [read_text(project_directory / name) for name in ("Procfile", "Dockerfile")]
    texts += [read_text(path) for path in walk(project_directory, "*.sh", SHELL_DEPTH)]
    for text in texts:
        for match in _OWN_UPGRADE.finditer(re.sub(r"[\"',\[\]]+", " ", text)):
            yield " ".join(match[1].split())


def ini_in_image(name: str, context: str, working_directory: str) -> str:
    """A guess: the build context is copied into the image; its working directory may be a folder below."""
    inside = name.removeprefix(f"{context}/") if context else name
    parent, _, tail = inside.rpartition("/")
    return tail if parent and working_directory.rstrip("/").endswith(f"/{parent}") else inside


def working_directory(dockerfile: str) -> str:
    """The last WORKDIR; empty where there is none."""
    found: list[str] = _WORKDIR.findall(dockerfile)
    return found[-1] if found else ""


def _flat(words: Any) -> str:
    return " ".join(map(str, words)) if isinstance(words, list) else str(words or "")
