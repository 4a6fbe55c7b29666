"""SQL text to statements, by PostgreSQL's own grammar (postgast, libpg_query). The only file that knows the parser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import postgast

MAX_SHOWN_CHARACTERS = 300
UNREADABLE = "unreadable"
SERIAL_TYPES = frozenset({"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"})


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
    if "\0" in sql:
        # The parser is written in C: it would stop here, and take the rest for nothing.
        return (Statement(UNREADABLE, None, _shorten(sql.replace("\0", "?"))),)
    try:
        parsed = postgast.parse(sql)
    except Exception:  # noqa: BLE001 - syntax errors, nesting too deep, broken text: all are "unreadable"
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
    except Exception:  # noqa: BLE001 - as above
        parts = [sql]
    for part in parts:
        try:
            found = [_statement(item.stmt, part) for item in postgast.parse(part).stmts]
        except Exception:  # noqa: BLE001 - as above
            found = [Statement(UNREADABLE, None, _shorten(part))]
        yield from found


def _statement(node: Any, text: str) -> Statement:
    kind = node.WhichOneof("node")
    return Statement(kind, getattr(node, kind), _shorten(text))


def _shorten(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return " ".join(" ".join(lines).split())[:MAX_SHOWN_CHARACTERS]


def relation_name(relation: Any) -> str:
    """`schema.table`, or `table` where the schema is public or not named."""
    return _without_public(
        f"{relation.schemaname}.{relation.relname}" if relation.schemaname else str(relation.relname)
    )


def _without_public(name: str) -> str:
    return name.removeprefix("public.")


def dropped_names(statement: Statement) -> frozenset[str]:
    """What a DROP TABLE or DROP INDEX names."""
    return frozenset(
        _without_public(".".join(item.string.sval for item in target.list.items)) for target in statement.node.objects
    )


def enum_name(message: Any, field_name: str) -> str:
    """The grammar's own name of an enum value, `AT_DropColumn`."""
    field = message.DESCRIPTOR.fields_by_name[field_name]
    return str(field.enum_type.values_by_number[getattr(message, field_name)].name)


def _descendants(node: Any, node_type: str) -> Iterator[Any]:
    return (found for _, found in postgast.walk(node) if found.DESCRIPTOR.name == node_type)


def nodes_of(statement: Statement, node_type: str) -> list[Any]:
    """All nodes of a type (`DeleteStmt`), the statement itself and what it holds inside WITH among them."""
    if statement.node is None:
        return []
    return list(_descendants(statement.node, node_type))


def default_calls(column: Any) -> set[str]:
    """Every function that a column's default calls, lower case, without schema."""
    return {call.funcname[-1].string.sval.lower() for call in _descendants(column, "FuncCall")}


def type_name(column: Any) -> str:
    """The column's type as it was written, lower case, without schema."""
    names = column.type_name.names
    return str(names[-1].string.sval).lower() if names else ""


def is_virtual(column: Any) -> bool:
    """Whether a generated column is computed when it is read (PostgreSQL 18), and nothing is stored."""
    return any(item.constraint.generated_kind == "v" for item in column.constraints)


def column_of_not_null_check(constraint: Any) -> str | None:
    """`c` for CHECK (c IS NOT NULL), None for every other constraint."""
    test = constraint.raw_expr.null_test
    is_check = enum_name(constraint, "contype") == "CONSTR_CHECK"
    if not is_check or enum_name(test, "nulltesttype") != "IS_NOT_NULL" or not test.arg.column_ref.fields:
        return None
    return str(test.arg.column_ref.fields[-1].string.sval)
