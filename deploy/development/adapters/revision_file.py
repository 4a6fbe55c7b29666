"""A revision's way into the project: staged elsewhere, put in its place whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from deploy.model.errors import BlockedError
from deploy.project.ini_words import read_ini, separator_of, without_comment

# For env.py's fileConfig(), which a project without an ini does not call.
QUIET = """[loggers]
keys = root

[handlers]
keys =

[formatters]
keys =

[logger_root]
level = WARN
handlers =
"""


def staged_ini(ini_path: Path, section: str, locations: Sequence[Path], staging: Path) -> Path:
    """A copy of alembic.ini beside the staged revisions, which sees them after the project's own.

    `%(here)s` stays what it was: the directory of the project's ini. Of pyproject.toml nothing is copied: Alembic reads
    it beside an ini that says only what differs.
    """
    here = str(ini_path.parent)
    is_toml = ini_path.suffix == ".toml"
    text = QUIET if is_toml else ini_path.read_text(encoding="utf-8").replace("%(here)s", here.replace("%", "%%"))
    parser = read_ini(text, ini_path.name)
    if not parser.has_section(section):
        parser.add_section(section)
    if not is_toml and not parser.has_option(section, "script_location") and (ini_path.parent / "env.py").is_file():
        parser.set(section, "script_location", here.replace("%", "%%"))
    # Each older name is honoured where the newer is not given: adding one would change how other lines are read.
    named, separator = separator_of(parser, section)
    if not named:
        named, separator = "version_path_separator", os.pathsep
        parser.set(section, named, "os")
    # A comment behind the value was harmless as long as Alembic had no version_locations to read.
    parser.set(section, named, without_comment(parser.get(section, named)))
    places = separator.join(str(place).replace("%", "%%") for place in (*locations, staging))
    parser.set(section, "version_locations", places.replace("\n", "\n    "))
    path = staging.parent / "alembic.ini"
    with path.open("w", encoding="utf-8") as file:
        parser.write(file)
    return path


def place_whole(text: str, target: Path) -> None:
    """Write a file that is there whole or not at all, whenever this process ends; never over another one.

    Raises:
        BlockedError: it exists, or the directory cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_nameless(text, target)
    except FileExistsError:
        raise BlockedError(
            f"{target} already exists", hint="give another message with --message", reference="revision-exists"
        ) from None
    except OSError as error:
        raise BlockedError(
            f"{target} cannot be written: {error.strerror}", hint="check the directory's owner",
            reference="revision-not-written",
        ) from None


def _write_nameless(text: str, target: Path) -> None:
    """A file without a name gets one when it is complete: a kill before that leaves nothing at all."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is not None:
        try:
            descriptor = os.open(target.parent, flag | os.O_WRONLY, 0o644)
        except OSError:  # a file system that cannot
            descriptor = -1
        if descriptor >= 0:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                _write(file.fileno(), text)
                _name(file.fileno(), target)
            return
    _write_beside(text, target)


def _name(descriptor: int, target: Path) -> None:
    """Python follows a symbolic link only where it is given a directory to start from."""
    directory = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.link(str(descriptor), target, src_dir_fd=directory, follow_symlinks=True)
    finally:
        os.close(directory)


def _write_beside(text: str, target: Path) -> None:
    """Where there are no nameless files: a name that Alembic does not read, one directory above the revisions."""
    part = target.parent.parent / f".{target.name}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        _write(descriptor, text)
        os.link(part, target)
    finally:
        os.close(descriptor)
        with suppress(OSError):
            part.unlink()


def _write(descriptor: int, text: str) -> None:
    view = memoryview(text.encode("utf-8"))
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)
