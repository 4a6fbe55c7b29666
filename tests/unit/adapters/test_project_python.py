"""Whose Python the migrations run in: the project's, never the tool's without a word."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from deploy.checking.alembic import project_python
from deploy.checking.alembic.project_python import find_project_python, hint_of_missing_module
from deploy.model.errors import BlockedError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is active, and nothing is on the PATH."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()


def environment_at(directory: Path) -> str:
    python = directory / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    return str(python)


def tool_runs_in(monkeypatch: pytest.MonkeyPatch, directory: Path, *, has_alembic: bool) -> str:
    """As if the tool's environment were this one."""
    monkeypatch.setattr(sys, "prefix", str(directory))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if has_alembic else None)
    return environment_at(directory)


def python_on_path(tmp_path: Path, *, prefix: str, has_alembic: bool) -> str:
    """A python3 that answers the one question it is asked."""
    program = tmp_path / "bin" / "python3"
    program.write_text(f"#!/bin/sh\necho {prefix}\nexit {0 if has_alembic else 1}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_the_environment_in_the_projects_directory_is_its_own(tmp_path: Path, name: str) -> None:
    own = environment_at(tmp_path / "shop" / name)
    assert find_project_python(tmp_path / "shop") == own


def test_the_active_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment_at(tmp_path / "shop" / ".venv")
    active = environment_at(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert find_project_python(tmp_path / "shop") == active


def test_a_back_end_below_finds_the_environment_of_its_repository(tmp_path: Path) -> None:
    own = environment_at(tmp_path / "shop" / ".venv")
    (tmp_path / "shop" / ".git").mkdir()
    assert find_project_python(tmp_path / "shop" / "backend") == own


def test_an_environment_outside_of_the_repository_is_not_the_projects(tmp_path: Path) -> None:
    environment_at(tmp_path / ".venv")
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    for directory in (tmp_path / "shop", tmp_path / "no_repository"):
        with pytest.raises(BlockedError) as caught:
            find_project_python(directory)
        assert caught.value.reference == "project-python-missing"


@pytest.mark.parametrize("has_alembic", [True, False])
def test_the_tools_own_environment_is_never_taken_for_a_strangers_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_alembic: bool
) -> None:
    own = tool_runs_in(monkeypatch, tmp_path / "surefoot" / ".venv", has_alembic=has_alembic)
    python_on_path(tmp_path, prefix=str(Path(own).parent.parent), has_alembic=has_alembic)
    with pytest.raises(BlockedError) as caught:
        find_project_python(tmp_path / "shop")
    assert "--python PATH" in caught.value.hint


def test_the_tools_environment_without_alembic_does_not_hide_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference application in its own repository, and a hook whose runner made its environment the active one."""
    tool_runs_in(monkeypatch, tmp_path / "shop" / ".venv", has_alembic=False)
    application = environment_at(tmp_path / "shop" / "venv")
    assert find_project_python(tmp_path / "shop") == application
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "shop" / ".venv"))
    assert find_project_python(tmp_path / "shop") == application


def test_a_tool_that_was_installed_into_the_projects_environment_runs_the_project_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tool_runs_in(monkeypatch, tmp_path / "shop" / ".venv", has_alembic=True)
    assert find_project_python(tmp_path / "shop") == own


def test_python_on_the_path_is_taken_where_it_has_alembic(tmp_path: Path) -> None:
    found = python_on_path(tmp_path, prefix="/usr", has_alembic=True)
    assert find_project_python(tmp_path / "shop") == found
    python_on_path(tmp_path, prefix="/usr", has_alembic=False)
    with pytest.raises(BlockedError):
        find_project_python(tmp_path / "shop")


def test_in_this_repository_the_set_up_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    monkeypatch.setattr(project_python, "REPOSITORY_ROOT", tmp_path / "clone")
    tool_runs_in(monkeypatch, tmp_path / "clone" / ".venv", has_alembic=False)
    with pytest.raises(BlockedError) as caught:
        find_project_python(tmp_path / "clone")
    assert caught.value.hint.startswith("make application")
    assert "this tool's own" in caught.value.what


def test_a_module_that_is_missing_is_to_be_installed_where_it_was_looked_for() -> None:
    assert "/srv/shop/.venv/bin/python" in hint_of_missing_module("/srv/shop/.venv/bin/python")
    ours = project_python.REPOSITORY_ROOT / "venv" / "bin" / "python"
    assert hint_of_missing_module(str(ours)).startswith("make application")
