"""Whether the values of one type fit into another."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.checking.risk.schema_around import ColumnAround
from deploy.checking.statements.values import ColumnType

_INTEGERS = {"int2": 1, "int4": 2, "int8": 3}
_ALIASES = {
    "int": "int4",
    "integer": "int4",
    "bigint": "int8",
    "smallint": "int2",
    "decimal": "numeric",
    "real": "float4",
    "serial": "int4",
    "bigserial": "int8",
    "smallserial": "int2",
    "character": "bpchar",
    "char": "bpchar",
}
# Conversions that PostgreSQL makes without an error, and that leave something out.
_LOSSY = {
    ("float8", "float4"),
    ("timestamp", "date"),
    ("timestamptz", "date"),
    ("numeric", "int8"),
    ("numeric", "int4"),
    ("numeric", "int2"),
    ("float8", "int8"),
    ("float8", "int4"),
    ("float4", "int4"),
    ("timestamp", "time"),
    ("timestamptz", "time"),
    ("jsonb", "json"),
    ("json", "jsonb"),
    ("numeric", "float8"),
    ("numeric", "float4"),
}
_STAMPS = {"timestamp", "timestamptz", "time", "timetz", "interval"}


@dataclass(frozen=True)
class ShortType:
    """A type's bare name as PostgreSQL keeps it, `int4`, and its numbers."""

    name: str
    modifiers: tuple[int, ...] = ()


def written_type(type_name: ColumnType) -> ShortType:
    """The type that a statement writes."""
    return ShortType(_ALIASES.get(type_name.name, type_name.name), type_name.modifiers)


def known_type(column: ColumnAround | None) -> ShortType | None:
    """The type of a column of the schema; None where it is not known whole."""
    found = column.type if column is not None and column.user_type is None else None
    if found is None or found.modifiers is None or found.is_array:
        return None
    return ShortType(_ALIASES.get(found.name, found.name), tuple(found.modifiers))


def may_lose(old: ShortType, new: ShortType) -> bool:
    """Whether values change without an error: digits, fractions, times of day."""
    if (old.name, new.name) in _LOSSY:
        return True
    if old.name == new.name == "numeric" and new.modifiers:
        return not old.modifiers or _scale(new) < _scale(old)
    if old.name == new.name and old.name in _STAMPS and new.modifiers:
        return not old.modifiers or new.modifiers[0] < old.modifiers[0]
    return False


def may_fail(old: ShortType, new: ShortType) -> bool:
    """Whether a value may not fit, so that the statement fails."""
    if old.name in _INTEGERS and new.name in _INTEGERS:
        return _INTEGERS[new.name] < _INTEGERS[old.name]
    if new.name in {"varchar", "bpchar"} and new.modifiers:
        return old.name not in {"varchar", "bpchar"} or not old.modifiers or new.modifiers[0] < old.modifiers[0]
    if old.name == new.name == "numeric" and new.modifiers:
        return not old.modifiers or new.modifiers[0] - _scale(new) < old.modifiers[0] - _scale(old)
    is_from_text = old.name in {"text", "varchar", "bpchar"}
    return is_from_text and new.name not in {"text", "varchar", "bpchar"}


def _scale(numeric: ShortType) -> int:
    return numeric.modifiers[1] if len(numeric.modifiers) > 1 else 0
