"""Obligation: what is sent into a project's Python is whole, and readable for Python 3.8."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from deploy.checking.alembic.project import CONFIG_FILES, PROBE_FILES, TRACER_FILES, program_text

DEVELOPMENT = "deploy.development.programs"
PROGRAMS = {
    "probe": {name: program_text(name) for name in PROBE_FILES},
    "tracer": {name: program_text(name) for name in TRACER_FILES},
    "development": {
        **{name: program_text(name) for name in CONFIG_FILES},
        "development.py": program_text("development.py", DEVELOPMENT),
    },
    "verify": {"verify_runner.py": program_text("verify_runner.py", "deploy.adapters")},
}
every_program = pytest.mark.parametrize("program", PROGRAMS)


@every_program
def test_a_program_is_one_text_that_python_3_8_can_read(program: str) -> None:
    whole = "".join(PROGRAMS[program].values())
    ast.parse(whole, feature_version=(3, 8))
    compile(whole, program, "exec")


@every_program
def test_no_file_of_a_program_hides_a_name_of_another(program: str) -> None:
    defined = Counter(name for text in PROGRAMS[program].values() for name in names_defined(ast.parse(text)))
    assert [name for name, count in defined.items() if count > 1] == []


@every_program
def test_what_a_file_takes_from_another_stands_in_front_of_it(program: str) -> None:
    in_front: set[tuple[str, str]] = set()
    for file_name, text in PROGRAMS[program].items():
        tree = ast.parse(text)
        assert set(names_taken(tree)) <= in_front, file_name
        in_front |= {(file_name, name) for name in names_defined(tree)}


def names_defined(tree: ast.Module) -> Iterator[str]:
    """Classes and functions of the file's top level."""
    for part in tree.body:
        if isinstance(part, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield part.name


def names_taken(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """File and name of each import that is for the type checkers alone."""
    for part in ast.walk(tree):
        if isinstance(part, ast.ImportFrom) and (part.module or "").startswith("deploy."):
            file_name = f"{(part.module or '').rpartition('.')[2]}.py"
            yield from ((file_name, item.name) for item in part.names)
