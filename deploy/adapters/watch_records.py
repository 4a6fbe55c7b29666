"""Small files beside the ledger, and the metrics file of Prometheus' textfile collector; each replaced atomically."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from deploy.model.errors import StepFailed

FOLDER_NAME = "watch"
KEPT_FILES = 20


class FileRecords:
    """doors.WatchRecords.

    Args:
        metrics_path: a `.prom` file in the collector's directory; None: none is written.
    """

    def __init__(self, state_directory: Path, metrics_path: Path | None, warn: Callable[[str], None]) -> None:
        self._directory = state_directory / FOLDER_NAME
        self._metrics_path = metrics_path
        self._warn = warn

    def save(self, deployment_id: str, document: Mapping[str, Any]) -> None:
        """One JSON file; the oldest beyond twenty go."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(self._path(deployment_id), json.dumps(document, default=str), 0o600)
            self._prune()
        except OSError as error:
            raise StepFailed(
                f"{self._path(deployment_id)} cannot be written: {error.strerror}", hint="is the disk full? df -h",
                reference="state-not-writable",
            ) from None

    def load(self, deployment_id: str) -> Mapping[str, Any]:
        """It, or nothing."""
        try:
            document = json.loads(self._path(deployment_id).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}

    def write_metrics(self, text: str) -> None:
        """Readable by the collector's own user."""
        if self._metrics_path is None:
            return
        try:
            _replace(self._metrics_path, text, 0o644)
        except OSError as error:
            self._warn(f"the metrics file {self._metrics_path} was not written: {error.strerror}")

    def _path(self, deployment_id: str) -> Path:
        return self._directory / f"{re.sub(r'[^A-Za-z0-9_-]', '_', deployment_id)}.json"

    def _prune(self) -> None:
        files = sorted(self._directory.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[KEPT_FILES:]:
            path.unlink(missing_ok=True)


def _replace(path: Path, text: str, mode: int) -> None:
    """A reader sees the old file or the new one, never half of it."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
