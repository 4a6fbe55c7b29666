"""What parsed expressions, types and queries name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deploy.checking.prediction.schema.objects import SERIAL_BASES, Column, ColumnType, Relation, UserType
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import choice, parts, strings

_ALIASES = {
    "int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2", "decimal": "numeric", "boolean": "bool",
    "real": "float4", **SERIAL_BASES,
}


def type_of(type_name: Any) -> ColumnType:
    """A type as it was written; serial is the integer that it stands for."""
    names = strings(type_name.names)
    name = names[-1] if names else ""
    schema = names[-2] if len(names) > 1 else ""
    name = _ALIASES.get(name, name) if schema in {"", "pg_catalog"} else name
    return ColumnType(
        name, "" if schema == "pg_catalog" else schema, _modifiers(type_name.typmods), bool(type_name.array_bounds)
    )


def _modifiers(items: Iterable[Any]) -> tuple[int, ...] | None:
    found = []
    for item in items:
        constant = item.a_const
        if item.WhichOneof("node") != "a_const" or constant.WhichOneof("val") != "ival":
            return None
        found.append(constant.ival.ival)
    return tuple(found)


def user_type_of(schema: Schema, column_type: ColumnType) -> UserType | None:
    """The domain or enum that a type names."""
    return schema.user_type(column_type.schema, column_type.name) if schema.types else None


def columns_in(expression: Any, table: Relation) -> list[Column]:
    """Every column of a table that an expression mentions, in the table's order."""
    names: set[str] = set()
    for kind, found in parts(expression):
        if kind == "ColumnRef":
            names.update(item.string.sval for item in found.fields if item.WhichOneof("node") == "string")
    return [column for name, column in table.columns.items() if name in names]


def functions_in(expression: Any) -> frozenset[str]:
    """The bare names of all functions that an expression calls."""
    return frozenset(
        found.funcname[-1].string.sval for kind, found in parts(expression) if kind == "FuncCall" and found.funcname
    )


def sequences_in(schema: Schema, expression: Any) -> list[Relation]:
    """The sequences whose next or present value an expression asks for, by constant names."""
    found = []
    for kind, call in parts(expression):
        if kind != "FuncCall" or not call.funcname or call.funcname[-1].string.sval not in SEQUENCE_FUNCTIONS:
            continue
        names = [part for part in parts(call.args[0]) if part[0] == "A_Const"] if call.args else []
        if names:
            sequence = _by_text(schema, names[0][1].sval.sval)
            if sequence is not None:
                found.append(sequence)
    return found


SEQUENCE_FUNCTIONS = frozenset({"nextval", "setval", "currval"})


def _by_text(schema: Schema, text: str) -> Relation | None:
    """A relation by the text of a regclass: `s`, `public.s`, `"S"."T"`."""
    names, rest = [], text
    while rest:
        if rest.startswith('"'):
            name, _, rest = rest[1:].partition('"')
            rest = rest.removeprefix(".")
        else:
            name, _, rest = rest.partition(".")
            name = name.lower()
        names.append(name)
    if not names:
        return None
    place = names[-2] if len(names) > 1 else ""
    known = schema.relation(place, names[-1])
    return known or schema.assumed(place, names[-1], "sequence")


def never_null(expression: Any, table: Relation) -> list[Column]:
    """Columns that a CHECK proves to be never NULL: `a IS NOT NULL`, alone or joined by AND."""
    kind = expression.WhichOneof("node")
    if kind == "null_test":
        test = expression.null_test
        if choice(test, "nulltesttype") == "IS_NOT_NULL" and test.arg.WhichOneof("node") == "column_ref":
            return columns_in(test.arg, table)
    if kind == "bool_expr" and choice(expression.bool_expr, "boolop") == "AND_EXPR":
        return [column for part in expression.bool_expr.args for column in never_null(part, table)]
    return []
