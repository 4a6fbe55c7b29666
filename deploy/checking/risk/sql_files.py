"""Plain SQL files: split into statements with their lines, and their ignore comments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from deploy.checking.risk.evidence import PendingRevision, PendingStatement
from deploy.checking.risk.psql_text import copies_rows, read_as_psql
from deploy.checking.risk.shapes import needs_no_transaction, shape_of
from deploy.checking.statements import UNREADABLE, read_statements
from deploy.model.releases import IgnoreComment
from deploy.model.trace import SqlFile

_IGNORE = re.compile(r"--\s*surefoot:\s*ignore\s+([\w-]+)\s*(?:--\s*(.*))?$")


def read_sql_file(name: str, text: str, *, is_one_transaction: bool | None = None) -> SqlFile:
    """Split a file.

    Args:
        is_one_transaction: None decides by its content: a file that says BEGIN, or holds a statement that refuses
            to run in a transaction, is run as psql runs it.
    """
    read = read_as_psql(text)
    statements = read_statements(read.sql)
    if is_one_transaction is None:
        is_one_transaction = not needs_no_transaction(statements)
    # What the grammar does not know is sent as it is: the server may know it.
    sent = [(s.full_text.strip() if s.kind == UNREADABLE else s.full_text, s.line) for s in statements]
    parts = tuple(sorted([*sent, *((text, line) for line, text in read.commands.items())], key=lambda part: part[1]))
    return SqlFile(name, parts, is_one_transaction, _ignores(text), _rows_of(parts, read.rows))


def _rows_of(parts: Sequence[tuple[str, int]], rows: Mapping[int, str]) -> dict[int, str]:
    """By the place of their COPY: the last statement that begins on the line of its semicolon, or above it.

    One whose rows are not found gets none: it must not wait for them.
    """
    waiting = {place: "" for place, (text, _) in enumerate(parts) if copies_rows(text)}
    found = {max(place for place, (_, line) in enumerate(parts) if line <= ends): text for ends, text in rows.items()}
    return waiting | {place: text for place, text in found.items() if place in waiting}


def as_pending(sql_files: Sequence[SqlFile]) -> tuple[PendingRevision, ...]:
    """The files as revisions that were not run."""
    found = []
    transaction = 0
    for sql_file in sql_files:
        transaction += 1
        inside = transaction if sql_file.is_one_transaction else 0
        statements = []
        for text, line in sql_file.statements:
            if shape_of(text).is_transaction_control:
                is_begin = text.strip().upper().startswith(("BEGIN", "START"))
                transaction += is_begin
                inside = transaction if is_begin else 0
                continue
            statements.append(PendingStatement(text, sql_file.name, line, inside))
        found.append(PendingRevision(sql_file.name, "", sql_file.name, tuple(statements), is_script=True))
    return tuple(found)


def ignores_of(sql_file: SqlFile) -> tuple[IgnoreComment, ...]:
    """Its ignore comments."""
    return tuple(IgnoreComment(*item) for item in sql_file.ignores)


def _ignores(text: str) -> tuple[tuple[int, str, str], ...]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = _IGNORE.search(line.rstrip())
        if match:
            found.append((number, match[1], (match[2] or "").strip()))
    return tuple(found)
