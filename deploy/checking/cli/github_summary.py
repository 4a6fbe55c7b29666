"""GitHub's step summary: a file that a job may append to."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "GITHUB_STEP_SUMMARY"


def append_step_summary(text: str) -> None:
    """Add to the summary of this job; nothing where there is none."""
    name = os.environ.get(VARIABLE)
    if name:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(text.rstrip() + "\n")
