"""Free space, as the test says."""

from __future__ import annotations

from pathlib import Path


class FakeDisk:
    """doors.Disk. The longest path of `by_path` that holds the asked one decides."""

    def __init__(self, free_bytes: int = 100 * 1024**3, by_path: dict[Path, int] | None = None) -> None:
        self.default_free_bytes = free_bytes
        self.by_path = by_path or {}

    def free_bytes(self, path: Path) -> int:
        holding = [p for p in self.by_path if path == p or p in path.parents]
        return self.by_path[max(holding, key=lambda p: len(p.parts))] if holding else self.default_free_bytes
