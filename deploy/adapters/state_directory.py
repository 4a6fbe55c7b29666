"""The state directory: for its owner alone, and for no repository."""

from __future__ import annotations

from pathlib import Path

IGNORE_NAME = ".gitignore"


def make_state_directory(directory: Path) -> None:
    """Make it where it is missing; Git takes nothing of it, whatever the project's own .gitignore says.

    Raises:
        OSError: it cannot be made or written.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = directory / IGNORE_NAME
    if not ignore.exists():
        ignore.touch(mode=0o600)
        ignore.write_text("*\n", encoding="utf-8")
