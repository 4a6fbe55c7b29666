"""Keys of one CREATE TABLE that PostgreSQL makes only once (transformIndexConstraints in its source)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from deploy.checking.prediction.schema.objects import Column
from deploy.checking.statements import choice, strings

Written = tuple[Any, Column | None]


def without_same_keys(constraints: Sequence[Written]) -> list[Written]:
    """The same without each key that another of the statement stands for: a UNIQUE beside a PRIMARY KEY on its columns.

    The primary key is looked at first, whatever the order of the text. A key without a name takes the name of the one
    that is left out.
    """
    kept: dict[object, Written] = {}
    names: dict[object, str] = {}
    for item in sorted(constraints, key=lambda pair: choice(pair[0], "contype") != "CONSTR_PRIMARY"):
        key = _key(*item)
        kept.setdefault(key, item)
        names[key] = names.get(key) or item[0].conname
    wanted = {id(item): _named(item, names[key]) for key, item in kept.items()}
    return [wanted[id(item)] for item in constraints if id(item) in wanted]


def _key(node: Any, column: Column | None) -> object:
    """Two keys of the same value are one index; everything else is its own."""
    if choice(node, "contype") not in {"CONSTR_PRIMARY", "CONSTR_UNIQUE"} or node.indexname:
        return id(node)
    columns: Iterable[str] = [column.name] if column is not None else strings(node.keys)
    settings = (node.deferrable, node.initdeferred, node.nulls_not_distinct)
    return (*columns, None, *strings(node.including), *settings)


def _named(item: Written, name: str) -> Written:
    node, column = item
    if node.conname == name:
        return item
    copy = type(node)()  # the parsed one is shared
    copy.CopyFrom(node)
    copy.conname = name
    return copy, column
