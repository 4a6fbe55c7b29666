"""A snapshot as a file: what a check in CI knows of production without access to it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from deploy.model.errors import BlockedError, UsageError
from deploy.model.snapshot import Snapshot

SCHEMA = "surefoot/snapshot/1"


def write_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Save it as JSON; it holds no row of any table.

    Raises:
        BlockedError: the file cannot be written.
    """
    text = json.dumps({"schema": SCHEMA} | asdict(snapshot), indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise BlockedError(
            f"could not write {path}: {error.strerror}", hint="name another file with --output",
            reference="snapshot-not-written",
        ) from error


def read_snapshot(path: Path) -> Snapshot:
    """Load it.

    Raises:
        UsageError: it is missing, or no snapshot of this version.
    """
    hint = "./scripts/migration-check.sh snapshot writes one, on a machine that can reach production"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint=hint, reference="bad-snapshot") from None
    except ValueError:
        raise UsageError(f"{path} is not JSON", hint=hint, reference="bad-snapshot") from None
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        raise UsageError(f"{path} is not a snapshot of version {SCHEMA}", hint=hint, reference="bad-snapshot")
    try:
        return TypeAdapter(Snapshot).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(
            f"{path} is not a complete snapshot: {place}: {first['msg']}", hint=hint, reference="bad-snapshot"
        ) from None

