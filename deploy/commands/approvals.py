"""What a printed plan was made of, kept until it is approved: digests under a key of their own, no values."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from deploy.commands.preflight import placeholders
from deploy.model.doors import World
from deploy.model.errors import DeployError
from deploy.planning.approval import changed_parts, digests_of

DIRECTORY = "plans"
KEPT = 20
MOST_NAMED = 5


def compose_file(world: World) -> Mapping[str, Any]:
    """As it is rendered; empty where it cannot be: a plan that does not need it must not fail for that."""
    try:
        return world.compose.config(placeholders())
    except DeployError:
        return {}


def remember_parts(state_directory: Path, plan_id: str, parts: Mapping[str, str]) -> None:
    """Keep the digests; the oldest beyond twenty go. A plan that cannot be kept can be approved all the same."""
    directory = state_directory / DIRECTORY
    key = secrets.token_hex(16)
    document = {"key": key, "digests": digests_of(parts, key.encode())}
    with suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(_path(directory, plan_id), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file)
        newest_first = sorted(directory.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest_first[KEPT:]:
            path.unlink(missing_ok=True)


def what_changed(state_directory: Path, plan_id: str, parts: Mapping[str, str]) -> str:
    """Names, not values; `something` where nothing was kept of that plan."""
    try:
        kept = json.loads(_path(state_directory / DIRECTORY, plan_id).read_text(encoding="utf-8"))
        names = changed_parts(kept["digests"], digests_of(parts, kept["key"].encode()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        names = ()
    if not names:
        return "something"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _path(directory: Path, plan_id: str) -> Path:
    """A name that somebody typed must not lead elsewhere."""
    return directory / f"{Path(plan_id).name}.json"
