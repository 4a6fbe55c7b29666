"""Whether the application migrates by itself when it starts: `alembic upgrade head && exec gunicorn …`. Pure.

What a script does that the image starts is not seen here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_UPGRADES = re.compile(
    r"\balembic\b(?:\s+-[-\w=./]+(?:\s+[\w./-]+)?)*\s+upgrade\s+[\w@:+-]+|\bflask\s+db\s+upgrade\b"
    r"|\bmanage(?:\.py)?\s+db\s+upgrade\b"
)


def migrates_at_start(service: Mapping[str, Any], entrypoint: Sequence[str], command: Sequence[str]) -> str:
    """The words that migrate; empty where none are seen.

    Args:
        service: the application's, of `docker compose config --format json`.
        entrypoint, command: the image's own, which count where the file has none.
    """
    own = _words(service.get("entrypoint"))
    first = own or list(entrypoint)
    # An entry point of the file's own leaves the image's command behind, as Docker does.
    rest = _words(service.get("command")) or ([] if own else list(command))
    found = _UPGRADES.search(" ".join([*first, *rest]))
    return " ".join(found[0].split()) if found else ""


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(word) for word in value or ()]
