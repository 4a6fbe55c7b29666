"""What an alembic.ini says, as Alembic itself takes it."""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path

from deploy.model.errors import UsageError

# `version_path_separator = os  # Use os.pathsep.`: inis of Alembic 1.7 to 1.13 came with a comment behind the value,
# which configparser does not take away. Alembic reads the value only beside version_locations.
_COMMENT = re.compile(r"\s[#;].*$")
SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
SEPARATOR_NAMES = ("path_separator", "version_path_separator")


def read_ini(text: str, name: str) -> configparser.RawConfigParser:
    """The file's sections.

    Raises:
        UsageError: it is no ini.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise UsageError(
            f"{name} cannot be read: {error.__class__.__name__}", hint="repair it", reference="bad-alembic-ini"
        ) from None
    return parser


def without_comment(value: str) -> str:
    """A value of one word, without the comment that its line ends with."""
    return _COMMENT.sub("", value).strip()


def separator_of(parser: configparser.RawConfigParser, section: str) -> tuple[str, str]:
    """The option that names the separator of paths, and the separator; empty texts where none is named."""
    for name in SEPARATOR_NAMES:
        if parser.has_option(section, name):
            return name, SEPARATORS.get(without_comment(parser.get(section, name)), os.pathsep)
    return "", ""


def read_text(path: Path) -> str:
    """The file's text; empty where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
