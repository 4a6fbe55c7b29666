"""Disks with little room, and directories that a server can get into."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def reachable_directory() -> Iterator[Path]:
    """One that a server's own user can get into; pytest's are for root alone."""
    place = Path(tempfile.mkdtemp(prefix="surefoot-test-", dir="/tmp"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """A file system of its own; only root may."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def leave_room(place: Path, size_bytes: int) -> None:
    """Make a small disk larger or smaller: so much is free from now on."""
    there = os.statvfs(place)
    used = (there.f_blocks - there.f_bfree) * there.f_frsize
    subprocess.run(["mount", "-o", f"remount,size={used + size_bytes}", str(place)], check=True)
