"""The files of tests/fixtures/postgres_locks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FIXTURE = Path(__file__).parents[3] / "fixtures" / "postgres_locks"
_HEADER = re.compile(r"^-- ([a-z0-9_]+)(?: \(([^)]*)\))?$", re.MULTILINE)
OLDEST, NEWEST = 12, 18


@dataclass(frozen=True)
class MoreShape:
    """One shape of more_shapes.sql.

    Attributes:
        is_scan_planned: what is read through is the planner's choice, so it is not compared.
        fails_on_rows: the rows that are there make it fail, which no text tells.
    """

    name: str
    sql: str
    is_in_transaction: bool
    is_scan_planned: bool
    fails_on_rows: bool
    first_major: int
    last_major: int


def setup_sql() -> str:
    """What every shape of shapes.json runs on."""
    return (FIXTURE / "setup.sql").read_text(encoding="utf-8")


def more_setup_sql() -> str:
    """What every shape of more_shapes.sql runs on."""
    return (FIXTURE / "more_setup.sql").read_text(encoding="utf-8")


def more_dump_sql() -> str:
    """The same, as pg_dump writes it."""
    return (FIXTURE / "more_dump.sql").read_text(encoding="utf-8")


def shapes() -> list[dict[str, Any]]:
    """The shapes of shapes.json."""
    return list(json.loads((FIXTURE / "shapes.json").read_text(encoding="utf-8")))


@cache
def more_shapes() -> tuple[MoreShape, ...]:
    """The shapes of more_shapes.sql."""
    text = (FIXTURE / "more_shapes.sql").read_text(encoding="utf-8")
    headers = list(_HEADER.finditer(text))
    ends = [*(header.start() for header in headers[1:]), len(text)]
    return tuple(
        _shape(header[1], (header[2] or "").split(", "), text[header.end() : end].strip())
        for header, end in zip(headers, ends, strict=True)
    )


def _shape(name: str, flags: list[str], sql: str) -> MoreShape:
    bounds = {word: int(major) for word, _, major in (flag.partition(" ") for flag in flags) if major}
    return MoreShape(
        name, sql, "alone" not in flags, "plan" in flags, "rows" in flags, bounds.get("from", OLDEST), bounds.get("to", NEWEST)
    )


def more_measured() -> dict[str, list[dict[str, Any]]]:
    """What was measured: by shape, a list of `majors` and `measured`."""
    return dict(json.loads((FIXTURE / "more_measured.json").read_text(encoding="utf-8")))


def all_texts() -> list[str]:
    """The SQL of all shapes."""
    return [shape["sql"] for shape in shapes()] + [shape.sql for shape in more_shapes()]
