"""Parsed SQL, whole or in parts, as text again.

Only whole statements that the parser itself built go to the deparser: it is written in C and trusts what it gets.
A part is therefore put into a statement that was parsed for it.
"""

from __future__ import annotations

import re
from typing import Any

import postgast

from deploy.risk.statements import Statement

_PLAIN = re.compile(r"^[a-z_][a-z0-9_$]*$")
# The words of the grammar that a table or a column is sometimes called by.
_RESERVED = frozenset(
    {
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "authorization",
        "binary",
        "both",
        "case",
        "cast",
        "check",
        "collate",
        "column",
        "constraint",
        "create",
        "cross",
        "default",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "false",
        "fetch",
        "for",
        "foreign",
        "freeze",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "in",
        "initially",
        "inner",
        "intersect",
        "into",
        "is",
        "join",
        "lateral",
        "leading",
        "left",
        "like",
        "limit",
        "localtime",
        "natural",
        "not",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "placing",
        "primary",
        "references",
        "returning",
        "right",
        "select",
        "similar",
        "some",
        "symmetric",
        "table",
        "then",
        "to",
        "trailing",
        "true",
        "union",
        "unique",
        "user",
        "using",
        "variadic",
        "verbose",
        "when",
        "where",
        "window",
        "with",
    }
)


def quoted(name: str) -> str:
    """One name, in quotes where PostgreSQL needs them."""
    if _PLAIN.match(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def quoted_table(table: str) -> str:
    """`schema.table` as rules name it, each part in quotes where it needs them."""
    schema, _, name = table.rpartition(".")
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def copy_of(message: Any) -> Any:
    """A message that may be changed: statements are shared."""
    copied = type(message)()
    copied.CopyFrom(message)
    return copied


def statement_sql(statement: Statement, node: Any = None) -> str:
    """The statement, or a changed copy of its node; the text that was given where it cannot be written."""
    try:
        parsed = postgast.parse("SELECT 1")
        getattr(parsed.stmts[0].stmt, statement.kind).CopyFrom(statement.node if node is None else node)
        return str(postgast.deparse(parsed))
    except Exception:  # noqa: BLE001 - advice that cannot be written must not end the check
        return statement.text


def alter_sql(statement: Statement, *commands: Any) -> str:
    """ALTER TABLE with these subcommands only."""
    node = copy_of(statement.node)
    del node.cmds[:]
    for command in commands:
        node.cmds.add().alter_table_cmd.CopyFrom(command)
    return statement_sql(statement, node)


def expression_sql(expression: Any) -> str:
    """An expression; empty where there is none."""
    if expression.WhichOneof("node") is None:
        return ""
    try:
        parsed = postgast.parse("SELECT 1")
        parsed.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(expression)
        return str(postgast.deparse(parsed)).removeprefix("SELECT ")
    except Exception:  # noqa: BLE001 - as above
        return ""


def type_sql(type_name: Any) -> str:
    """A type; empty where there is none."""
    if not type_name.names:
        return ""
    try:
        parsed = postgast.parse("SELECT NULL::int")
        parsed.stmts[0].stmt.select_stmt.target_list[0].res_target.val.type_cast.type_name.CopyFrom(type_name)
        return str(postgast.deparse(parsed)).removeprefix("SELECT NULL::")
    except Exception:  # noqa: BLE001 - as above
        return ""
