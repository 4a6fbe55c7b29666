"""The files of tests/fixtures/postgres_locks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FIXTURE = Path(__file__).parents[3] / "fixtures" / "postgres_locks"


def setup_sql() -> str:
    """What every shape runs on."""
    return (FIXTURE / "setup.sql").read_text(encoding="utf-8")


def shapes() -> list[dict[str, Any]]:
    """The shapes of shapes.json."""
    return list(json.loads((FIXTURE / "shapes.json").read_text(encoding="utf-8")))


def all_shapes() -> list[dict[str, Any]]:
    """Those, and the further ones."""
    return shapes()
