"""Parts of parsed SQL as text again.

Only whole statements that the parser itself built go to the deparser: it is written in C and trusts what it gets. A
part is therefore put into a statement that was parsed for it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import postgast

from deploy.checking.statements.nodes import parts

_PLAIN = re.compile(r"^[a-z_][a-z0-9_$]*$")


@cache
def quoted(name: str) -> str:
    """One name, in quotes where PostgreSQL needs them; its grammar knows which words are reserved."""
    always = '"' + name.replace('"', '""') + '"'
    if not _PLAIN.match(name):
        return always
    parsed = postgast.parse("SELECT 1")
    value = parsed.stmts[0].stmt.select_stmt.target_list[0].res_target.val
    value.column_ref.fields.add().string.sval = name
    return name if postgast.deparse(parsed) == f"SELECT {name}" else always


def quoted_table(table: str) -> str:
    """`schema.table` as rules name it, each part in quotes where it needs them."""
    schema, _, name = table.rpartition(".")
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def copy_of(message: Any) -> Any:
    """A message that may be changed: statements are shared."""
    copied = type(message)()
    copied.CopyFrom(message)
    return copied


def to_sql(expression: Any) -> str:
    """An expression as SQL again; empty where there is none, or it cannot be written."""
    if expression.WhichOneof("node") is None:
        return ""
    try:
        parsed = postgast.parse("SELECT 1")
        parsed.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(expression)
        return str(postgast.deparse(parsed)).removeprefix("SELECT ")
    except Exception:  # noqa: BLE001 - advice that cannot be written must not end the check
        return ""


def of_new_row(expression: Any) -> str:
    """An expression over a table's columns, as that table's trigger writes it: each column is NEW's."""
    changed = copy_of(expression)
    for kind, node in parts(changed):
        names = [field.string.sval for field in node.fields] if kind == "ColumnRef" else []
        if names and all(names):
            del node.fields[:]
            node.fields.add().string.sval = "new"
            node.fields.add().string.sval = names[-1]
    return re.sub(r"\bnew\.", "NEW.", to_sql(changed))


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
