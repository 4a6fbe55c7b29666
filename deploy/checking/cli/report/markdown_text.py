"""Text that comes from migrations, made harmless in Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from deploy.checking.cli.report.words import code_text, one_line

_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_CALLS = re.compile(r"[@#](?=\w)")  # would notify people or link issues
_BACKTICKS = re.compile(r"`+")


def text(words: str) -> str:
    """One line in which nothing is markup, a mention or a link to an issue."""
    escaped = _SPECIAL.sub(r"\\\1", html.escape(one_line(words), quote=False))
    return _uncalled(escaped)


def bold(words: str) -> str:
    """Words that stand out."""
    return f"**{text(words)}**"


def cell(words: str) -> str:
    """Text in a table; it never ends its cell."""
    return text(words) or " "


def code(words: str) -> str:
    """A code span, also in a table; empty where there are no words."""
    line = one_line(words)
    if not line:
        return " "
    fence = _fence(line, 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def block(lines: str, language: str = "text") -> str:
    """A code block; its fence is longer than any within."""
    shown = "\n".join(code_text(lines))
    fence = _fence(shown, 3)
    return f"{fence}{language}\n{shown}\n{fence}"


def fold(title: str, body: str) -> str:
    """Collapsed until somebody clicks."""
    shown = _uncalled(html.escape(one_line(title), quote=False))
    return f"<details>\n<summary>{shown}</summary>\n\n{body}\n\n</details>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are escaped already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _uncalled(words: str) -> str:
    return _CALLS.sub(lambda match: f"{match.group()}&#8203;", words)


def _fence(inside: str, least: int) -> str:
    return "`" * max(least, *(len(run) + 1 for run in _BACKTICKS.findall(inside)), 0)
