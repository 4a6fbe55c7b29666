"""`.env` as Docker Compose reads it: quotes, escapes, comments and `$`; compared with Compose itself by a test.

Two programs read this file: Compose, for the containers, and this tool. Read in two ways, the same password would open
one door and not the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_SPACE = " \t\v\f\r\x85\xa0"
_EXPORT = re.compile(r"export[ \t\v\f\r]+")
_ESCAPE = re.compile(r'\\(?:[abfnrtv$"\\]|0[0-9]{0,3})')
_OCTAL = re.compile(r"[0-3][0-7]{2}")
_ESCAPED = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "$": "$$", '"': '"', "\\": "\\",
}
_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_OPERATOR = re.compile(r":?[-?+]")


class EnvFileError(ValueError):
    """A line that Compose refuses too. Says what, never a value.

    Args:
        line: counted from 1.
    """

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line} {what}")


@dataclass(frozen=True)
class EnvFile:
    """What a file sets.

    Attributes:
        values: by name.
        unset_names: by name of the variable, what its value names with `$` and nothing sets: it reads as nothing.
    """

    values: Mapping[str, str]
    unset_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def parse_env_file(text: str, environment: Mapping[str, str]) -> EnvFile:
    """Read the file.

    Args:
        environment: the process's own; in a substitution it goes before the file.

    Raises:
        EnvFileError: Compose would refuse it.
    """
    return _Parser(text, environment).parse()


class _Parser:
    """One pass from the beginning to the end."""

    def __init__(self, text: str, environment: Mapping[str, str]) -> None:
        self._text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        self._at = 0
        self._environment = environment
        self._values: dict[str, str] = {}
        self._unset: dict[str, tuple[str, ...]] = {}

    def parse(self) -> EnvFile:
        while self._skip_to_statement():
            name, is_inherited = self._name()
            if is_inherited:
                if name in self._environment:
                    self._values[name] = self._environment[name]
                continue
            self._values[name] = self._value(name)
        return EnvFile(self._values, self._unset)

    def _skip_to_statement(self) -> bool:
        """Past empty lines and comments; whether anything follows."""
        while self._at < len(self._text):
            if self._text[self._at] in f"{_SPACE}\n":
                self._at += 1
            elif self._text[self._at] == "#":
                self._at = self._line_end()
            else:
                return True
        return False

    def _name(self) -> tuple[str, bool]:
        """The name, and whether it stands alone: then its value is the environment's."""
        if found := _EXPORT.match(self._text, self._at):
            self._at = found.end()
        begin = self._at
        while self._at < len(self._text) and self._text[self._at] not in "=:\n":
            letter = self._text[self._at]
            if not (letter in f"{_SPACE}_.-[]" or letter.isalpha() or letter.isnumeric()):
                raise self._error("is not NAME=value", begin)
            self._at += 1
        name = self._text[begin : self._at].rstrip()
        if " " in name:
            raise self._error("is not NAME=value", begin)
        is_inherited = self._at >= len(self._text) or self._text[self._at] == "\n"
        self._at += 1
        return name, is_inherited

    def _value(self, name: str) -> str:
        while self._at < len(self._text) and self._text[self._at] in _SPACE:
            self._at += 1
        quote = self._text[self._at : self._at + 1]
        if quote not in {'"', "'"}:
            end = self._line_end()
            value = self._text[self._at : end].partition(" #")[0].rstrip()
            self._at = end
            return self._substituted(name, value)
        value = self._quoted(quote)
        return value if quote == "'" else self._substituted(name, _ESCAPE.sub(_unescaped, value))

    def _quoted(self, quote: str) -> str:
        """Up to the closing quote, over several lines too; a quote behind a backslash is one of the value."""
        begin = self._at
        letters: list[str] = []
        is_escaped = False
        for at in range(begin + 1, len(self._text)):
            letter = self._text[at]
            if letter == quote and not is_escaped:
                self._at = at + 1
                return "".join(letters)
            if not is_escaped and letter == "\\":
                is_escaped = True
                continue
            if is_escaped and letter != quote:
                letters.append("\\")
            is_escaped = False
            letters.append(letter)
        raise self._error("opens a quote and does not close it", begin)

    def _substituted(self, name: str, value: str) -> str:
        try:
            found = _Substitution(self._lookup).of(value)
        except ValueError as error:
            raise self._error(f"({name}) {error}; $$ is one $", self._at - 1) from None
        if found.unset:
            self._unset[name] = tuple(found.unset)
        return found.text

    def _lookup(self, name: str) -> str | None:
        found = self._environment.get(name)
        return self._values.get(name) if found is None else found

    def _line_end(self) -> int:
        end = self._text.find("\n", self._at)
        return len(self._text) if end < 0 else end

    def _error(self, what: str, at: int) -> EnvFileError:
        return EnvFileError(self._text.count("\n", 0, max(at, 0)) + 1, what)


def _unescaped(found: re.Match[str]) -> str:
    letter, digits = found[0][1], found[0][2:]
    if letter != "0":
        return _ESCAPED[letter]
    return chr(int(digits, 8)) if _OCTAL.fullmatch(digits) else f"\\{digits}"


@dataclass
class _Found:
    text: str
    unset: list[str]


class _Substitution:
    """`$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME?message}`, `${NAME:+other}`, nested; `$$` is a `$`."""

    def __init__(self, lookup: Callable[[str], str | None]) -> None:
        self._lookup = lookup
        self._unset: list[str] = []

    def of(self, value: str) -> _Found:
        """The value with everything put in.

        Raises:
            ValueError: braces that Compose refuses, or a variable that must be set and is not.
        """
        return _Found(self._text(value), self._unset)

    def _text(self, value: str) -> str:
        parts: list[str] = []
        at = 0
        while (dollar := value.find("$", at)) >= 0:
            parts.append(value[at:dollar])
            text, at = self._one(value, dollar + 1)
            parts.append(text)
        return "".join([*parts, value[at:]])

    def _one(self, value: str, at: int) -> tuple[str, int]:
        """What stands for the `$` before `at`, and where the text goes on."""
        if value.startswith("$", at):
            return "$", at + 1
        if found := _NAME.match(value, at):
            return self._plain(found[0]), found.end()
        if not value.startswith("{", at):
            return "$", at
        end = _closing(value, at)
        return self._braced(value[at + 1 : end]), end + 1

    def _plain(self, name: str) -> str:
        found = self._lookup(name)
        if found is None:
            self._unset.append(name)
        return found or ""

    def _braced(self, inside: str) -> str:
        found = _NAME.match(inside)
        if found is None:
            raise ValueError("has a ${ without the name of a variable")
        name, rest = found[0], inside[found.end() :]
        if not rest:
            return self._plain(name)
        operator = _OPERATOR.match(rest)
        if operator is None:
            raise ValueError(f"holds ${{{name} with something behind the name")
        word, value = rest[operator.end() :], self._lookup(name)
        is_there = bool(value) if operator[0].startswith(":") else value is not None
        if operator[0].endswith("-"):
            return str(value) if is_there else self._text(word)
        if operator[0].endswith("+"):
            return self._text(word) if is_there else ""
        if not is_there:
            raise ValueError(f"needs {name}, which is not set")
        return str(value)


def _closing(value: str, at: int) -> int:
    """Where the brace that opens at `at` is closed."""
    depth = 0
    for place in range(at, len(value)):
        if value[place] == "{":
            depth += 1
        elif value[place] == "}":
            depth -= 1
            if depth == 0:
                return place
    raise ValueError("has a ${ without a closing }")
