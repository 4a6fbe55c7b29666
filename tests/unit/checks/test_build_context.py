"""Backups must get neither into a repository nor into an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.adapters.state_directory import make_state_directory
from deploy.checks.build_context import build_context_warning
from tests.fakes.fake_world import fake_settings


def warning(root: Path, ignored: str | None, name: str = ".dockerignore") -> str:
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . .\n")
    if ignored is not None:
        (root / name).write_text(ignored)
    return build_context_warning(fake_settings(project_directory=root))


@pytest.mark.parametrize("ignored", [None, "", "node_modules\n", "# .deploy\n", "*\n!.deploy\n", "app/.deploy\n", "*.md\n"])
def test_a_context_that_would_swallow_the_backups_is_told(tmp_path: Path, ignored: str | None) -> None:
    assert ".dockerignore" in warning(tmp_path, ignored)


@pytest.mark.parametrize("ignored", [".deploy\n", ".deploy/\n", "/.deploy\n", "**/.deploy\n", ".*\n", "*\n!app\n", "**\n", ".deploy/**\n"])
def test_one_that_leaves_them_out_is_not(tmp_path: Path, ignored: str) -> None:
    assert warning(tmp_path, ignored) == ""


def test_the_dockerfiles_own_list_goes_before_and_without_a_dockerfile_nothing_is_built(tmp_path: Path) -> None:
    assert build_context_warning(fake_settings(project_directory=tmp_path)) == ""
    (tmp_path / ".dockerignore").write_text("node_modules\n")
    assert warning(tmp_path, "*\n!app\n", "Dockerfile.dockerignore") == ""


def test_git_takes_nothing_of_the_state_directory(tmp_path: Path) -> None:
    directory = tmp_path / ".deploy"
    make_state_directory(directory)
    assert (directory / ".gitignore").read_text() == "*\n"
    (directory / ".gitignore").write_text("mine\n")
    make_state_directory(directory)
    assert (directory / ".gitignore").read_text() == "mine\n"
