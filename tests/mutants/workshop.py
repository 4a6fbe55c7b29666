"""A directory with a copy of the code and of the tests, in which mutmut works: the checkout is never changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.rooms import Room

ROOT = Path(__file__).parents[2]
WORKSHOPS = ROOT / "build" / "mutants"
COPIED = (
    "deploy", "tests/__init__.py", "tests/conftest.py", "tests/fakes", "tests/mutants", "tests/unit", "pyproject.toml",
)
# Mutants that mypy refuses could never be merged, so they need no test.
TYPE_CHECK = ("mypy", "{folder}", "--output", "json", "--disable-error-code", "unused-ignore")
SETTINGS = """\
[mutmut]
source_paths = deploy
only_mutate = {folder}/*.py
type_check_command =
{type_check}
pytest_add_cli_args_test_selection =
{tests}
pytest_add_cli_args =
  -p
  no:cacheprovider
  -p
  tests.mutants.quick_tests
{left_out}
"""


class WorkshopError(Exception):
    """Mutmut could not do its work; the log says why."""


def try_mutants(room: Room, processes: int) -> str:
    """Make the mutants of a room and show each to its tests; JSON as `mutate.py` writes it.

    Args:
        processes: mutants that are tried at the same time.

    Raises:
        WorkshopError: the tests fail without any mutant, or mutmut itself failed.
    """
    directory = _make(room)
    log = directory.with_suffix(".log")
    found = directory / "found.json"
    # tests/conftest.py gives its temporary directory back when pytest ends; here pytest runs many times in a process.
    with tempfile.TemporaryDirectory(prefix="sf-mutants-") as temporary, log.open("w") as output:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.mutants.mutate", str(processes)],
            cwd=directory, env=_environment(temporary), stdout=output, stderr=subprocess.STDOUT, check=False,
        )
    if ended.returncode or not found.exists():
        raise WorkshopError(f"mutmut ended with {ended.returncode}; its output: {log.relative_to(ROOT)}")
    return found.read_text()


def _environment(temporary: str) -> dict[str, str]:
    programs = Path(sys.executable).parent
    return {**os.environ, "TMPDIR": temporary, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}


def _make(room: Room) -> Path:
    """Anew each time: a result that was kept could be of another code or of other tests."""
    directory = WORKSHOPS / room.name
    shutil.rmtree(directory, ignore_errors=True)
    for path in COPIED:
        _copy(ROOT / path, directory / path)
    (directory / "setup.cfg").write_text(_settings(room))
    return directory


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _settings(room: Room) -> str:
    words = [word.format(folder=room.folder) for word in TYPE_CHECK]
    left_out = [f"--ignore={path}" for path in room.left_out]
    return SETTINGS.format(
        folder=room.folder, type_check=_lines(words), tests=_lines(room.tests), left_out=_lines(left_out)
    )


def _lines(words: Sequence[str]) -> str:
    return "\n".join(f"  {word}" for word in words)
