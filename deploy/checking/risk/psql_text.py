"""An SQL file as psql reads it: its own commands, and the rows that stand behind COPY … FROM STDIN."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# What lies between quotes, in comments and in bodies holds no command and no end of a statement.
_TOKEN = re.compile(
    r"--[^\n]*|(?P<comment>/\*)|(?P<escaped>[eE]'(?:[^'\\]|\\.|'')*')|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\""
    r"|\$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?)\$|(?P<word>[A-Za-z_]\w*)|(?P<sign>[();\\])",
    re.DOTALL,
)
_COMMENT_ENDS = re.compile(r"/\*|\*/")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_COPIES_ROWS = re.compile(r"\s*COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)
_COMMAND = re.compile(r"\\(?P<name>\S*)[^\n]*")
END_OF_ROWS = "\\."
# They say how psql answers, or what it remembers, and change nothing in a database.
HARMLESS = frozenset("""
    a conninfo echo elif else encoding endif errverbose f H if o out p print pset qecho r reset restrict set setenv t T
    timing unrestrict unset warn x q quit g gx gset gdesc ; ? h help prompt w write
""".split())  # noqa: SIM905 - a list to be read
STARTS_A_PROGRAM = re.compile(r"[|`]")
# They send what stands before them, as a semicolon does.
SENDING = frozenset({"g", "gx", "gset", "gdesc", "gexec", "crosstabview", "watch", "bind"})


@dataclass(frozen=True)
class PsqlText:
    """A file's text.

    Attributes:
        sql: the same text, as long in lines, without psql's commands and without rows.
        rows: what stands behind each COPY … FROM STDIN, by the line of its semicolon.
        commands: those of psql that do something that is not known here, by their lines.
    """

    sql: str
    rows: dict[int, str] = field(default_factory=dict)
    commands: dict[int, str] = field(default_factory=dict)


def copies_rows(sql: str) -> bool:
    """Whether this statement waits for rows from its client."""
    return _COPIES_ROWS.match(_COMMENT.sub(" ", sql)) is not None


def read_as_psql(text: str) -> PsqlText:
    """The parts of a file; one without a backslash outside of quotes is all SQL."""
    if "\\" not in text and not re.search(r"\bSTDIN\b", text, re.IGNORECASE):
        return PsqlText(text)
    return _Reader(text).read()


class _Reader:
    """One pass from the beginning to the end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._kept: list[str] = []
        self._rows: dict[int, str] = {}
        self._commands: dict[int, str] = {}
        self._begins = 0  # of the statement that is read
        self._done = 0  # what stands before it is taken in

    def read(self) -> PsqlText:
        depth = position = 0
        while found := _TOKEN.search(self._text, position):
            position = found.end()
            if found["comment"]:
                position = _end_of_comment(self._text, position)
            elif found["tag"] is not None:
                close = self._text.find(found[0], position)
                position = len(self._text) if close < 0 else close + len(found[0])
            elif found["sign"] in {"(", ")"}:
                depth = max(0, depth + (1 if found["sign"] == "(" else -1))
            elif found["sign"] == ";" and not depth:
                position = self._end_statement(position)
            elif found["sign"] == "\\":
                position, depth = self._command(found.start()), 0
        self._kept.append(self._text[self._done :])
        return PsqlText("".join(self._kept), self._rows, self._commands)

    def _end_statement(self, position: int) -> int:
        """Behind a semicolon; behind the rows, where there are any."""
        statement = self._text[self._begins : position]
        self._begins = position
        if not copies_rows(statement):
            return position
        rest_of_line = self._text.find("\n", position)
        start = len(self._text) if rest_of_line < 0 else rest_of_line + 1
        end, behind = _rows_from(self._text, start)
        self._rows[self._line(position - 1)] = self._text[start:end]
        self._take_in(start, behind)
        self._begins = behind
        return behind

    def _command(self, start: int) -> int:
        """Behind one of psql's own commands, which ends with its line."""
        found = _COMMAND.match(self._text, start)
        assert found is not None  # noqa: S101 - it begins with a backslash
        name = found["name"]
        if name not in HARMLESS or STARTS_A_PROGRAM.search(found[0]):
            self._commands[self._line(start)] = found[0].strip()
        self._take_in(start, found.end(), ";" if name in SENDING else "")
        self._begins = found.end()
        return found.end()

    def _take_in(self, start: int, end: int, instead: str = "") -> None:
        """Keep what stands before; of this stretch its lines alone."""
        self._kept += [self._text[self._done : start], instead, "\n" * self._text.count("\n", start, end)]
        self._done = end

    def _line(self, position: int) -> int:
        return self._text.count("\n", 0, position) + 1


def _end_of_comment(text: str, position: int) -> int:
    """Comments hold comments."""
    depth = 1
    while depth and (found := _COMMENT_ENDS.search(text, position)):
        depth += 1 if found[0] == "/*" else -1
        position = found.end()
    return position if not depth else len(text)


def _rows_from(text: str, start: int) -> tuple[int, int]:
    """Where rows end, and where the text goes on: behind the line that ends them."""
    position = start
    while position < len(text):
        line_end = text.find("\n", position)
        stop = len(text) if line_end < 0 else line_end
        if text[position:stop].rstrip("\r") == END_OF_ROWS:
            return position, stop
        position = stop + 1
    return len(text), len(text)
