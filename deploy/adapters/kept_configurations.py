"""The compose file of each release, as it was rendered for it: `.deploy/releases/release-7/compose.json`.

It holds the values that were put in, secrets among them, so only its owner reads it. What the file mounts or names
(a secret's file, an env_file that changed since) is not in it, but what Compose put in from an env_file is.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.model.errors import StepFailed

FILE_NAME, BEFORE_NAME = "compose.json", "compose.before.json"


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StepFailed(
            f"{path} cannot be written: {error.strerror}", hint="whose is the directory, and is the disk full?",
            reference="state-not-writable",
        ) from None


@dataclass(frozen=True)
class KeptConfigurations:
    """A directory with one folder a release."""

    directory: Path

    def path_of(self, release: str) -> Path | None:
        """Where it lies; None where none was kept."""
        path = self._folder(release) / FILE_NAME
        return path if path.is_file() else None

    def read(self, release: str) -> Mapping[str, Any] | None:
        """What was kept; None where nothing was, or it cannot be read."""
        path = self.path_of(release)
        if path is None:
            return None
        try:
            found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def keep(self, release: str, text: str) -> None:
        """Put it there; what was there before stays beside it for `put_back`. The same again changes nothing.

        Raises:
            StepFailed: it cannot be written.
        """
        folder = self._folder(release)
        path = folder / FILE_NAME
        with _told(path):
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                return
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / BEFORE_NAME).unlink(missing_ok=True)
            part = folder / f".{FILE_NAME}.part"
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            if path.is_file():
                shutil.copy2(path, folder / BEFORE_NAME)
            part.rename(path)

    def put_back(self, release: str) -> None:
        """What was there before the last `keep`, where there was something; twice is fine.

        Raises:
            StepFailed: it cannot be written.
        """
        folder = self._folder(release)
        with _told(folder / FILE_NAME):
            if (folder / BEFORE_NAME).is_file():
                (folder / BEFORE_NAME).rename(folder / FILE_NAME)

    def forget(self, release: str) -> None:
        """The whole folder; what cannot be removed stays."""
        shutil.rmtree(self._folder(release), ignore_errors=True)

    def _folder(self, release: str) -> Path:
        """A name that a container bears must not lead elsewhere."""
        return self.directory / Path(release).name
