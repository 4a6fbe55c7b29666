"""Other people's text on our lines: what a terminal would obey is shown instead.

A migration's log, a table's name, a label or a program's error may hold escape codes that clear the screen, a carriage
return that overwrites a line of ours, or marks that turn the reading direction.
"""

from __future__ import annotations

import re

# All control characters but tab and line feed; line separators, direction marks, and half characters.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LARGEST_BYTE = 0xFF
CONTINUED = "    "


def visible(text: str) -> str:
    r"""The text with `\x1b` for an escape, `\r` for a carriage return and so on; tabs and line feeds stay."""
    return _OBEYED.sub(_name, text)


def visible_lines(text: str, prefix: str = "") -> list[str]:
    """One line or several, each with the prefix; what follows the first is indented, so that it is no line of ours."""
    first, *more = visible(text).split("\n")
    return [f"{prefix}{first}", *(f"{prefix or CONTINUED}{line}" for line in more)]


def _name(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\r":
        return r"\r"
    code = ord(character)
    return f"\\x{code:02x}" if code <= _LARGEST_BYTE else f"\\u{code:04x}"
