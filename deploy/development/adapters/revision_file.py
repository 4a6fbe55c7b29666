"""A revision's way into the project: staged elsewhere, put in its place whole or not at all."""

from __future__ import annotations

import configparser
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from deploy.model.errors import BlockedError

SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}


def staged_ini(ini_path: Path, section: str, locations: Sequence[Path], staging: Path) -> Path:
    """A copy of alembic.ini beside the staged revisions, which sees them after the project's own.

    `%(here)s` stays what it was: the directory of the project's ini.
    """
    text = ini_path.read_text(encoding="utf-8").replace("%(here)s", str(ini_path.parent).replace("%", "%%"))
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    if not parser.has_section(section):
        parser.add_section(section)
    # Each older name is honoured where the newer is not given: adding one would change how other lines are read.
    named = next((n for n in ("path_separator", "version_path_separator") if parser.has_option(section, n)), "")
    separator = SEPARATORS.get(parser.get(section, named), os.pathsep) if named else os.pathsep
    if not named:
        parser.set(section, "version_path_separator", "os")
    places = separator.join(str(place).replace("%", "%%") for place in (*locations, staging))
    parser.set(section, "version_locations", places.replace("\n", "\n    "))
    path = staging.parent / ini_path.name
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
