"""The commands that this version has, found by being there: `@click.command("name", short_help="…")` in a file here.

The files are read as text. Importing them all would take most of a second, and --help must answer at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("deploy.cli", "deploy.checking.cli", "deploy.development.cli")
# With a short_help it is a command of the tool; without one, of a group that a file here has.
REGISTERED = re.compile(r'^@click\.(?:command|group)\((?=[^\n]*short_help)(.*)$', re.MULTILINE)
WORDS = re.compile(r'\s*"(?P<name>[a-z-]+)",.*?\bshort_help="(?P<help>[^"]+)"')


@dataclass(frozen=True)
class Subcommand:
    """One command, before it is imported.

    Attributes:
        module: that has the Click command, as a function `NAME_command`.
        help: its line of --help.
    """

    name: str
    module: str
    help: str


def find_subcommands(folders: Iterable[tuple[str, Path]] = ()) -> Mapping[str, Subcommand]:
    """Every command by its name, in alphabetical order.

    Args:
        folders: packages and where they lie; empty for those of the tool.

    Raises:
        ValueError: a file has a command whose name and short_help cannot be read as they stand; it is named.
    """
    places = tuple(folders) or tuple((name, ROOT.joinpath(*name.split(".")[1:])) for name in FOLDERS)
    found = [
        command for package, place in places for path in place.glob("*.py") for command in _commands_of(package, path)
    ]
    return {command.name: command for command in sorted(found, key=lambda command: command.name)}


def _commands_of(package: str, path: Path) -> Iterable[Subcommand]:
    for line in REGISTERED.findall(path.read_text(encoding="utf-8")):
        words = WORDS.match(line)
        if words is None:
            raise ValueError(
                f'{path}: write the command as @click.command("name", short_help="one sentence"), in one line'
            )
        yield Subcommand(words["name"], f"{package}.{path.stem}", words["help"])
