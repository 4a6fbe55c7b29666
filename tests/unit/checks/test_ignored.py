"""Which pattern of .dockerignore decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.checks.build_context import build_context_warning
from tests.fakes.fake_world import fake_settings


def _build(root: Path, ignored: str, **changes: Any) -> str:
    (root / "Dockerfile").touch()
    (root / ".dockerignore").write_text(ignored)
    return build_context_warning(fake_settings(project_directory=root, **changes))


@pytest.mark.parametrize(
    ("ignored", "is_told"),
    [
        ("./.deploy\n", False), ("  .deploy  \n", False), ("a\n.deploy\nb\n", False), (".deploy\n!.deploy\n", True),
        ("!.deploy\n.deploy\n", False), (".dep*\n", False), ("deploy\n", True), (".deploy/*\n", False), ("# x\n.deploy\n", False),
        ("app/**\n", True), ("**/.deploy/**\n", False), ("**/\n", False), ("*\n", False), ("**\n", False), ("\n\nnode_modules\n", True),
        ("X.deploy\n", True), ("/\n", False),
    ],
)
def test_the_last_pattern_that_matches_decides(tmp_path: Path, ignored: str, is_told: bool) -> None:
    assert bool(_build(tmp_path, ignored)) is is_told


def test_directories_inside_are_told_by_the_one_that_is_open_and_those_outside_are_not_sent(tmp_path: Path) -> None:
    inside, outside = tmp_path / "shop", tmp_path / "elsewhere"
    inside.mkdir()
    both = {"state_directory": inside / ".deploy", "backup_directory": inside / "kept" / "backups"}
    assert "add kept/" in _build(inside, ".deploy\n", **both)
    assert "add .deploy/" in _build(inside, "kept/backups\n", **both)
    assert _build(inside, ".deploy\nkept\n", **both) == ""
    assert _build(inside, ".deploy\n**/backups\n", **both) == ""
    assert "add kept/" in _build(inside, ".deploy\nbackups\n", **both)
    assert "add kept/" in _build(inside, ".deploy\n./backups\n", **both)
    assert _build(inside, ".deploy\nkept/backups\n", **both) == ""
    assert "add #state/" in _build(inside, "#state\n", state_directory=inside / "#state", backup_directory=outside)
    assert _build(inside, "", state_directory=outside / "a", backup_directory=outside / "b") == ""


def test_a_list_in_another_encoding_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").touch()
    (tmp_path / ".dockerignore").write_bytes(b"caf\xe9\n.deploy\n")
    assert build_context_warning(fake_settings(project_directory=tmp_path)) == ""
