"""What git says of a directory; nothing where there is no git, or no checkout."""

from __future__ import annotations

import subprocess
from pathlib import Path

GIT_SECONDS = 30.0
SHORT = 12


def commit_of(directory: Path) -> tuple[str, bool]:
    """The commit that is checked out, short, and whether the files are exactly that; empty where it is not known."""
    commit = ask_git(directory, "rev-parse", f"--short={SHORT}", "HEAD")
    return commit, bool(commit) and not ask_git(directory, "status", "--porcelain")


def ask_git(directory: Path, *words: str) -> str:
    """What git answers; empty where it cannot."""
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *words], capture_output=True, text=True, timeout=GIT_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
