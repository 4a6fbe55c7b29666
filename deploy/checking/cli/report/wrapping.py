"""Lines that fit a terminal: prose, shell commands and code, measured in columns (a Korean letter takes two)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from deploy.checking.cli.report.words import code_text


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_columns_of(char) for char in text)


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Break at spaces; a word that is too long is cut.

    Args:
        text: one line of words.
        width: of the terminal.
        first: what stands before the first line.
        rest: what stands before the others.
    """
    lines: list[str] = []
    current, is_empty = first, True
    for word in text.split(" "):
        rest_of_word = word
        if not is_empty and columns(current) + 1 + columns(rest_of_word) > width:
            lines.append(current)
            current, is_empty = rest, True
        while is_empty and columns(current) + columns(rest_of_word) > width:
            head = _head(rest_of_word, max(width - columns(current), 2))
            lines.append(current + head)
            current, rest_of_word = rest, rest_of_word[len(head):]
        current += rest_of_word if is_empty else f" {rest_of_word}"
        is_empty = False
    return [line.rstrip() for line in (*lines, current)]


def wrap_command(command: str, width: int, first: str, rest: str) -> list[str]:
    """A shell command; broken with a backslash, so that it can be copied."""
    lines = wrap(command, width, first, rest)
    if len(lines) > 1:
        lines = wrap(command, width - 2, first, rest)
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def wrap_code(code: str, width: int, indent: str) -> list[str]:
    """Python code; a long string is closed and opened again, so that a call stays the same call."""
    lines: list[str] = []
    is_in_text = False  # between two times three quotes, where a quote would become part of the text
    room = width - len(indent)
    for line in code_text(code):
        quotes = line.count('"""') + line.count("'''")
        broken = _plain_line(line, room) if is_in_text or quotes else _code_line(line, room)
        lines += [indent + piece for piece in broken]
        is_in_text ^= quotes % 2 == 1
    return lines


def _plain_line(line: str, width: int) -> list[str]:
    margin = line[: len(line) - len(line.lstrip())]
    return wrap(line.lstrip(), width, margin, f"{margin}# " if line.lstrip().startswith("#") else f"{margin}    ")


def _code_line(line: str, width: int) -> Iterator[str]:
    hanging = line[: len(line) - len(line.lstrip())] + "    "
    while columns(line) > width and not line.lstrip().startswith("#"):
        place, quote = _code_break(line, width, len(hanging))
        if not place:
            break
        yield line[:place] + quote if quote else line[:place].rstrip()
        line = hanging + quote + line[place:]
    yield from _plain_line(line, width)


def _code_break(line: str, width: int, at_least: int) -> tuple[int, str]:
    """Where to break, and the quote to close and open again; outside strings if it can be, 0 if nowhere."""
    outside, inside, quote_there = 0, 0, ""
    quote, may_split, used = "", False, 0
    for position, char in enumerate(line):
        used += _columns_of(char)
        if used > width - 1:
            break
        if char in "\"'" and quote in ("", char) and line[max(position - 1, 0)] != "\\":
            quote = "" if quote else char
            may_split = not line[max(position - 1, 0)].isalpha()  # f"" and r"" would lose their letter
        elif position >= at_least and char in " (" and not quote:
            outside = position + 1
        elif position >= at_least and char == " " and may_split:
            inside, quote_there = position + 1, quote
    return (outside, "") if outside > width // 3 or not inside else (inside, quote_there)


def _head(word: str, width: int) -> str:
    used = 0
    for position, char in enumerate(word):
        used += _columns_of(char)
        if used > width:
            return word[:position]
    return word


def _columns_of(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
