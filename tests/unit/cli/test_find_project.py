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
