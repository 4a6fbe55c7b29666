"""Free space."""

from __future__ import annotations

import shutil
from pathlib import Path


class LocalDisk:
    """This host's file systems."""

    def free_bytes(self, path: Path) -> int:
        """Free for us where the path is, or will be."""
        while not path.exists() and path != path.parent:
            path = path.parent
        return shutil.disk_usage(path).free
