"""The names that PostgreSQL gives where a statement gives none, and names as its messages write them.

Source: makeObjectName and ChooseRelationName in PostgreSQL's commands/indexcmds.c and commands/tablecmds.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

LONGEST_NAME = 63
_PLAIN = re.compile(r"^[a-z_][a-z0-9_$]*$")


def quoted(name: str) -> str:
    """The name, in quotes where PostgreSQL would need them."""
    return name if _PLAIN.match(name) else '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """`public.users`, always with its schema: an object identity."""
    return f"{quoted(schema)}.{quoted(name)}"


def object_name(first: str, second: str, label: str) -> str:
    """`first_second_label`, its longer half cut where the whole would be too long."""
    room = LONGEST_NAME - (len(label) + 1 if label else 0) - (1 if second else 0)
    while len(first.encode()) + len(second.encode()) > room:
        if len(first.encode()) > len(second.encode()):
            first = first[:-1]
        else:
            second = second[:-1]
    return "_".join(part for part in (first, second, label) if part)


def free_name(first: str, second: str, label: str, is_taken: Callable[[str], bool]) -> str:
    """The first of `a_b_key`, `a_b_key1`, `a_b_key2` … that is not taken."""
    name = object_name(first, second, label)
    number = 0
    while is_taken(name):
        number += 1
        name = object_name(first, second, f"{label}{number}")
    return name


def joined(names: Iterable[str]) -> str:
    """Column names as the middle part of an index's name."""
    return "_".join(names)[:LONGEST_NAME]
