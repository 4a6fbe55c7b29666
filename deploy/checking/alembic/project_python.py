"""Which Python a project's migrations run in: the project's own, never the tool's in its place."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.model.errors import BlockedError
from deploy.project.environments import kept_elsewhere
from deploy.project.places import project_places

ENVIRONMENT_NAMES = (".venv", "venv")
REPOSITORY_ROOT = Path(__file__).resolve().parents[3]
APPLICATION_LOCK = REPOSITORY_ROOT / "app" / "requirements.lock"
ASK_SECONDS = 20.0
# Whether a Python has Alembic, without importing it.
ASK_FOR_ALEMBIC = "import importlib.util, sys; print(sys.prefix); sys.exit(importlib.util.find_spec('alembic') is None)"


def find_project_python(directory: Path) -> str:
    """The Python that a person would start in this project.

    The active virtual environment, then `.venv` and `venv` in the directory or above it in its repository or workspace,
    then where uv, pdm, Poetry, Pipenv, Hatch and conda keep one, then the PATH's python3 if it has Alembic. The
    environment in which the tool itself runs is taken only where it stands in one of these places and has Alembic: a
    tool that was installed into the project's own environment, or development here.

    Args:
        directory: where the project's `alembic.ini` lies, or where its Python is started.

    Returns:
        The interpreter's path.

    Raises:
        BlockedError: there is none.
    """
    passed_over = ""
    for environment in _environments(directory):
        python = environment / "bin" / "python"
        if not python.exists():
            continue
        if not _is_own(environment) or importlib.util.find_spec("alembic") is not None:
            return str(python)
        passed_over = str(environment)
    if python_on_path := _python_on_path():
        return python_on_path
    own = f" ({passed_over} is this tool's own, without Alembic)" if passed_over else ""
    raise BlockedError(
        f"no Python of the project was found: no virtual environment is active, {directory} has no .venv or venv of "
        f"its own (nor have uv, pdm, Poetry, Pipenv or Hatch one for it), and the python3 on the PATH has no "
        f"Alembic{own}",
        hint=_how_to_make_one(directory), reference="project-python-missing",
    )


def hint_of_missing_module(python: str) -> str:
    """What helps where the project's Python lacks a module.

    Args:
        python: the one that was asked; empty for one in an image.
    """
    if Path(python).parent.parent == REPOSITORY_ROOT / "venv":
        return "make application, which brings venv/ up to date"
    return f"{python} was asked: install what env.py imports there, or name the project's own Python with --python PATH"


def named_python(word: str, directory: Path) -> str:
    """What `--python` means: a path from where one stands, the directory of an environment, or a program of the PATH.

    Args:
        directory: where the project's Python is started; a path from there is understood, too.
    """
    path = Path(word).expanduser()
    for place in (Path.cwd() / path, directory / path):
        if (place / "bin" / "python").exists():
            return str(place / "bin" / "python")
        if place.is_file() and "/" in word:
            return str(place)
    return word


def _environments(directory: Path) -> Iterator[Path]:
    """Where a virtual environment may lie, the likeliest first."""
    if active := os.environ.get("VIRTUAL_ENV"):
        yield Path(active)
    for place in project_places(directory):
        yield from (place / name for name in ENVIRONMENT_NAMES)
        yield from kept_elsewhere(place)
    if (active := os.environ.get("CONDA_PREFIX")) and os.environ.get("CONDA_DEFAULT_ENV") != "base":
        yield Path(active)


def _is_own(environment: Path) -> bool:
    """Whether the tool runs in this virtual environment."""
    return environment.resolve() == Path(sys.prefix).resolve()


def _python_on_path() -> str:
    """The PATH's python3, where it has Alembic and is not the tool's virtual environment; else empty."""
    python = shutil.which("python3")
    if python is None:
        return ""
    try:
        done = subprocess.run(
            [python, "-c", ASK_FOR_ALEMBIC], capture_output=True, text=True, timeout=ASK_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    is_tools = sys.prefix != sys.base_prefix and _is_own(Path(done.stdout.strip()))
    return "" if done.returncode != 0 or is_tools else python


def _how_to_make_one(directory: Path) -> str:
    if directory.resolve() == REPOSITORY_ROOT and APPLICATION_LOCK.is_file():
        return "make application, once: it makes venv/ with what the reference application and its migrations import"
    return (
        "make the project's environment (python3 -m venv .venv, then .venv/bin/pip install what env.py imports), or "
        "name the Python that it has with --python PATH"
    )
