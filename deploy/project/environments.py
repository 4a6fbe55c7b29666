"""Virtual environments that do not lie in the project: where each tool keeps the one that it made for a directory."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from deploy.project.ini_words import read_text

MARK_LETTERS = 8


def kept_elsewhere(directory: Path) -> Iterator[Path]:
    """Environments of uv, pdm, Poetry, Pipenv and Hatch for this directory; the paths may not exist.

    Poetry, Pipenv and Hatch put a hash of the project's path into the name: env_manager.py, project.py and
    project/core.py there.
    """
    if named := os.environ.get("UV_PROJECT_ENVIRONMENT"):
        yield directory / named
    if interpreter := read_text(directory / ".pdm-python").strip():
        yield Path(interpreter).parent.parent
    path = os.path.realpath(directory)
    if (directory / "pyproject.toml").is_file():
        cache = Path(_home("XDG_CACHE_HOME", ".cache"), "pypoetry", "virtualenvs")
        poetry = Path(os.environ.get("POETRY_VIRTUALENVS_PATH") or cache)
        yield from sorted(poetry.glob(f"*-{_mark(path)}-py*"), reverse=True)
        hatch = Path(_home("XDG_DATA_HOME", ".local/share"), "hatch", "env", "virtual")
        yield from sorted(hatch.glob(f"*/{_mark(path)}/*"))
    if (directory / "Pipfile").is_file():
        pipenv = os.environ.get("WORKON_HOME") or f"{_home('XDG_DATA_HOME', '.local/share')}/virtualenvs"
        yield from sorted(Path(pipenv).glob(f"*-{_mark(f'{path}/Pipfile')}*"))


def _home(variable: str, usual: str) -> str:
    return os.environ.get(variable) or str(Path("~").expanduser() / usual)


def _mark(text: str) -> str:
    """The hash that these tools use; `[` and `*` are no letters of it."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:MARK_LETTERS]
