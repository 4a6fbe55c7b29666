"""What env.py finds in its environment where a check runs on this machine: what people and the image give it.

Nothing overrides what the shell has. DATABASE_URL is not handed on: connections are led to the scratch server, or the
caller says which database is meant.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from deploy.project.ini_words import read_text
from deploy.project.places import project_places
from deploy.settings.env_file import EnvFileError, parse_env_file
from deploy.settings.load import read_variables

DATABASE_URL = "DATABASE_URL"
NOBODY = {"PGHOST": "127.0.0.1", "PGHOSTADDR": "127.0.0.1", "PGPORT": "1"}
OTHER_SERVERS = frozenset({"PGSERVICE", "PGSERVICEFILE"})
DOTENVS = (".env", ".flaskenv")
# Of an image that is not this machine: its programs, its languages' installers, its users.
_OF_THE_IMAGE = re.compile(
    r"PATH|HOME|USER|LANG|LC_.*|TZ|SHELL|TERM|VIRTUAL_ENV|DEBIAN_FRONTEND|GPG_KEY|PORT|HOST"
    r"|(PYTHON(?!PATH$)|PIP|UV|POETRY|PDM|CONDA|LD|DOCKER|SUREFOOT|DEPLOY)_?.*"
)
_ENV = re.compile(r"^[ \t]*ENV[ \t]+((?:[^\n\\]|\\.|\\\n)+)", re.MULTILINE | re.IGNORECASE)
_WORKDIR = re.compile(r"^[ \t]*WORKDIR[ \t]+(\S+)", re.MULTILINE | re.IGNORECASE)
DOCKERFILES = ("Dockerfile", "docker/Dockerfile")


def project_variables(project_directory: Path, directory: Path, *, leads_nowhere: bool) -> dict[str, str]:
    """Of the project's .env files and its Dockerfile, without what the shell sets.

    Args:
        project_directory: where deploy.toml and .env lie.
        directory: where the project's Python runs.
        leads_nowhere: what libpq reads names no server.

    Raises:
        UsageError: the project's .env cannot be read.
    """
    found: dict[str, str] = {}
    for place in reversed(project_places(directory)):
        found |= dockerfile_variables(place)
    for place in reversed(project_places(directory)):
        for name in DOTENVS:
            found |= _quietly(place / name)
    found |= read_variables(project_directory)
    return without_set(without_servers(found) if leads_nowhere else found)


def without_set(values: Mapping[str, str]) -> dict[str, str]:
    """Those that the shell does not set, and that are not the tool's own affair."""
    return {name: value for name, value in values.items() if name not in os.environ and name != DATABASE_URL}


def without_servers(values: Mapping[str, str]) -> dict[str, str]:
    """What a program of libpq's own (psql in a migration) would connect to is nobody."""
    return {name: NOBODY.get(name, value) for name, value in values.items() if name not in OTHER_SERVERS}


def dockerfile_variables(directory: Path) -> dict[str, str]:
    """What ENV of the Dockerfile here sets for the application, paths below its WORKDIR as they are here."""
    text = next((text for name in DOCKERFILES if (text := read_text(directory / name))), "")
    working = (_WORKDIR.findall(text) or [""])[-1].rstrip("/")
    found = {}
    for line in _ENV.findall(text):
        for name, value in _pairs(line.replace("\\\n", " ")):
            if not _OF_THE_IMAGE.fullmatch(name) and "$" not in value:
                found[name] = _as_here(value, working, directory)
    return found


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """`A=1 B="2"`, or the old form `A 1`."""
    name, _, rest = line.strip().partition(" ")
    if "=" not in name:
        yield name, rest.strip()
        return
    try:
        words = shlex.split(line)
    except ValueError:
        return
    for word in words:
        name, separator, value = word.partition("=")
        if separator:
            yield name, value


def _as_here(value: str, working: str, directory: Path) -> str:
    """`/app/src:/app` where WORKDIR is /app: those directories of the project."""
    if not working.startswith("/"):
        return value
    parts = []
    for part in value.split(":"):
        path = PurePosixPath(part)
        is_below = part.startswith("/") and path.is_relative_to(working)
        parts.append(str(directory / path.relative_to(working)) if is_below else part)
    return ":".join(parts)


def _quietly(path: Path) -> Mapping[str, str]:
    """A file that is not the project's main .env: one that Compose would not read is passed over."""
    try:
        return parse_env_file(read_text(path), os.environ).values
    except EnvFileError:
        return {}
