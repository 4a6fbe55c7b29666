"""The few lines that keep a project's own env.py from `revision --autogenerate` against production."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from deploy.model.init import Layout
from deploy.project.ini_words import read_text

SIGN = "surefoot.environment"
CALL = "refuse_autogenerate_in_production(connection)"


def env_guard(directory: Path, layout: Layout) -> str:
    """The lines for env.py, which depend on nothing of ours; empty where it has them."""
    if layout.env_path and SIGN in read_text(directory / layout.env_path):
        return ""
    return guard_lines()


def guard_lines() -> str:
    """As they stand on the page of `init`, too."""
    return files("deploy.templates").joinpath("project", "env_guard.txt").read_text(encoding="utf-8")
