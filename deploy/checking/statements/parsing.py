"""SQL text to statements, by PostgreSQL's own grammar (postgast, libpg_query)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import postgast

from deploy.checking.statements.statement import UNREADABLE, Statement

MAX_SHOWN_CHARACTERS = 300
# Each rule that reads a statement's text again finds it here; the messages are shared, so nobody may change them.
REMEMBERED_TEXTS = 256
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@lru_cache(maxsize=REMEMBERED_TEXTS)
def read_statements(sql: str) -> tuple[Statement, ...]:
    """All statements of a text; what cannot be read is a statement of kind UNREADABLE, never an exception."""
    if "\0" in sql:
        # The parser is written in C: it would stop here, and take the rest for nothing.
        return (Statement(UNREADABLE, None, _shorten(sql.replace("\0", "?")), sql.replace("\0", "?")),)
    try:
        parsed = postgast.parse(sql)
    except Exception:  # noqa: BLE001 - syntax errors, nesting too deep, broken text: all are "unreadable"
        return tuple(_read_one_by_one(sql))
    raw = sql.encode()
    statements = []
    for item in parsed.stmts:
        end = item.stmt_location + item.stmt_len if item.stmt_len else len(raw)
        text = raw[item.stmt_location : end].decode(errors="replace")
        above = raw[: item.stmt_location].count(b"\n")
        statements.append(_statement(item.stmt, text, above + _first_word_line(text)))
    return tuple(statements)


def _first_word_line(text: str) -> int:
    """The line, from 1, on which the statement itself begins: comments and empty lines stand before it."""
    bare = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return bare[: len(bare) - len(bare.lstrip())].count("\n") + 1


def _read_one_by_one(sql: str) -> Iterator[Statement]:
    try:
        parts = postgast.split(sql, method="scanner")
    except Exception:  # noqa: BLE001 - as above
        parts = [sql]
    position = 0
    for part in parts:
        at = max(sql.find(part, position), position)
        yield from _left_out(sql, position, at)
        line = sql.count("\n", 0, at) + _first_word_line(part)
        try:
            found = [_statement(item.stmt, part, line) for item in postgast.parse(part).stmts]
        except Exception:  # noqa: BLE001 - as above
            found = [Statement(UNREADABLE, None, _shorten(part), part, line)]
        yield from found
        position = at + len(part)
    yield from _left_out(sql, position, len(sql))


def _left_out(sql: str, start: int, end: int) -> Iterator[Statement]:
    """What lies between two parts: the scanner takes no notice of words among which none is a keyword."""
    position = start
    for part in sql[start:end].split(";"):
        if _COMMENT.sub("", part).strip():
            line = sql.count("\n", 0, position) + _first_word_line(part)
            yield Statement(UNREADABLE, None, _shorten(part), part, line)
        position += len(part) + 1


def _statement(node: Any, text: str, line: int = 1) -> Statement:
    kind = node.WhichOneof("node")
    return Statement(kind, getattr(node, kind), _shorten(text), text, line)


def _shorten(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return " ".join(" ".join(lines).split())[:MAX_SHOWN_CHARACTERS]
