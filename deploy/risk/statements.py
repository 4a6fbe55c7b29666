"""SQL text to statements, by PostgreSQL's own grammar (postgast, libpg_query). The only file that knows the parser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import postgast

MAX_SHOWN_CHARACTERS = 300
UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        kind: the node's name in the grammar, `alter_table_stmt`; UNREADABLE where it was not understood.
        node: the parsed node; None where it was not understood.
        text: the SQL without leading comments, shortened.
    """

    kind: str
    node: Any
    text: str


def read_statements(sql: str) -> tuple[Statement, ...]:
    """All statements of a text; what cannot be read is a statement of kind UNREADABLE, never an exception."""
    try:
        parsed = postgast.parse(sql)
    except postgast.PgQueryError:
        return tuple(_read_one_by_one(sql))
    raw = sql.encode()
    statements = []
    for item in parsed.stmts:
        end = item.stmt_location + item.stmt_len if item.stmt_len else len(raw)
        text = raw[item.stmt_location : end].decode(errors="replace")
        statements.append(_statement(item.stmt, text))
    return tuple(statements)


def _read_one_by_one(sql: str) -> Iterator[Statement]:
    try:
        parts = postgast.split(sql, method="scanner")
    except postgast.PgQueryError:
        parts = [sql]
    for part in parts:
        try:
            for item in postgast.parse(part).stmts:
                yield _statement(item.stmt, part)
        except postgast.PgQueryError:
            yield Statement(UNREADABLE, None, _shorten(part))


def _statement(node: Any, text: str) -> Statement:
    kind = node.WhichOneof("node")
    return Statement(kind, getattr(node, kind), _shorten(text))


def _shorten(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return " ".join(" ".join(lines).split())[:MAX_SHOWN_CHARACTERS]


def relation_name(relation: Any) -> str:
    """`schema.table` or `table`."""
    return f"{relation.schemaname}.{relation.relname}" if relation.schemaname else str(relation.relname)


def enum_name(message: Any, field_name: str) -> str:
    """The grammar's own name of an enum value, `AT_DropColumn`."""
    field = message.DESCRIPTOR.fields_by_name[field_name]
    return str(field.enum_type.values_by_number[getattr(message, field_name)].name)
