"""The hook that other projects ask for by its id."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


def test_it_starts_a_script_that_is_there() -> None:
    program = ROOT / HOOKS[0]["entry"].split()[0]
    assert os.access(program, os.X_OK)
    assert "--no-server" in HOOKS[0]["entry"]
    assert HOOKS[0]["pass_filenames"] is False


@pytest.mark.parametrize(
    ("path", "is_migration"),
    [("migrations/versions/0007_add.py", True), ("src/db/versions/2024/a.py", True), ("migrations/env.py", False),
     ("migrations/versions/README.md", False), ("app/models.py", False)],
)
def test_it_runs_for_changed_migrations_only(path: str, is_migration: bool) -> None:
    assert bool(re.search(HOOKS[0]["files"], path)) is is_migration
