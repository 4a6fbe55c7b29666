"""Which project is meant where nobody names one."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.cli import options
from deploy.cli.options import find_project


def test_an_installed_tool_means_the_directory_where_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEPLOY_PROJECT_DIRECTORY", raising=False)
    monkeypatch.chdir(tmp_path)
    assert find_project(None) == options.REPOSITORY_ROOT  # a checkout has a project of its own
    monkeypatch.setattr(options, "REPOSITORY_ROOT", tmp_path / "site-packages")
    assert find_project(None) == tmp_path


@pytest.mark.parametrize(
    "sign", ["alembic.ini", "pyproject.toml", ".env", "requirements.txt", "Dockerfile", "migrations/env.py"]
)
def test_whoever_stands_in_another_project_never_means_this_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    monkeypatch.delenv("DEPLOY_PROJECT_DIRECTORY", raising=False)
    (tmp_path / sign).parent.mkdir(exist_ok=True)
    (tmp_path / sign).touch()
    monkeypatch.chdir(tmp_path)
    assert find_project(None) == tmp_path


def test_a_directory_below_means_the_project_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEPLOY_PROJECT_DIRECTORY", raising=False)
    (tmp_path / "shop" / "backend").mkdir(parents=True)
    (tmp_path / "shop" / "compose.yml").touch()
    (tmp_path / "shop" / "backend" / "alembic.ini").touch()
    monkeypatch.chdir(tmp_path / "shop" / "backend")
    assert find_project(None) == tmp_path / "shop"
