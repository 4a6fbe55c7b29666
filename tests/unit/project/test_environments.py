"""Virtual environments that lie elsewhere, and how far a project reaches."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from deploy.checking.alembic.project_python import find_project_python, named_python
from deploy.project.places import project_places
from tests.unit.adapters.test_project_python import bare, environment_at
from tests.unit.init.test_layout import project

__all__ = ["bare"]  # a fixture that every test here uses


def mark(path: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(str(path).encode()).digest()).decode()[:8]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT", "POETRY_VIRTUALENVS_PATH", "WORKON_HOME"):
        monkeypatch.delenv(name, raising=False)
    return project(tmp_path / "shop", {"pyproject.toml": "", "Pipfile": "", "backend/alembic.ini": ""})


@pytest.mark.parametrize("tool", ["poetry", "pipenv", "hatch", "pdm", "uv", "conda"])
def test_the_environment_that_a_tool_made_for_the_project_is_found(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    place = {
        "poetry": tmp_path / "cache/pypoetry/virtualenvs" / f"shop-{mark(shop)}-py3.12",
        "pipenv": tmp_path / "data/virtualenvs" / f"shop-{mark(shop / 'Pipfile')}",
        "hatch": tmp_path / "data/hatch/env/virtual/shop" / mark(shop) / "shop",
    }.get(tool, tmp_path / tool)
    own = environment_at(place)
    if tool == "pdm":
        (shop / ".pdm-python").write_text(own + "\n")
    if tool == "uv":
        monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(place))
    if tool == "conda":
        monkeypatch.setenv("CONDA_PREFIX", str(place))
    assert find_project_python(shop / "backend") == own


def test_a_workspace_without_a_repository_reaches_as_far_as_its_marks(tmp_path: Path) -> None:
    root = project(tmp_path / "shop", {"pyproject.toml": "", "backend/pyproject.toml": "", "backend/app/a.py": ""})
    assert project_places(root / "backend" / "app") == [root / "backend" / "app", root / "backend", root]


def test_python_is_named_from_where_one_stands_and_an_environment_by_its_directory(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = environment_at(shop / "env")
    monkeypatch.chdir(shop)
    for word in ("env/bin/python", "env", "../env/bin/python", str(shop / "env")):
        assert Path(named_python(word, shop / "backend")).resolve() == Path(own).resolve(), word
    assert named_python("python3.12", shop) == "python3.12"
