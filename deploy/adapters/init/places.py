"""Files of a project, without those of other people's code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SKIPPED = frozenset({
    ".git", ".venv", "venv", "env", "node_modules", ".tox", ".nox", "build", "dist", "site-packages", "__pycache__",
    "tests", "test", "docs", "examples",
})
DEEPEST = 5


def walk(directory: Path, pattern: str, depth: int = DEEPEST) -> Iterator[Path]:
    """Files of that name, nearest first, without those of other people's code."""
    level = [directory]
    for _ in range(depth):
        deeper: list[Path] = []
        for place in level:
            yield from sorted(path for path in place.glob(pattern) if path.is_file())
            deeper += sorted(
                path for path in place.iterdir()
                if path.is_dir() and not path.is_symlink() and path.name not in SKIPPED
            )
        level = deeper
