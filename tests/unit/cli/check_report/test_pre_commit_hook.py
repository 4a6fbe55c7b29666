"""The hook that other projects ask for by its id."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from deploy.checking.cli.check import check_command

ROOT = Path(__file__).resolve().parents[4]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


def test_it_starts_the_program_that_an_installation_brings_with_flags_that_there_are() -> None:
    program, command, *flags = HOOKS[0]["entry"].split()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert program in scripts
    known = {flag for parameter in check_command.params for flag in parameter.opts}
    assert command == "check"
    assert {flag for flag in flags if flag.startswith("--")} <= known
    assert "--no-server" in flags
    assert HOOKS[0]["pass_filenames"] is True


@pytest.mark.parametrize(
    ("path", "is_migration"),
    [("migrations/versions/0007_add.py", True), ("src/db/versions/2024/a.py", True), ("migrations/env.py", False),
     ("migrations/versions/README.md", False), ("app/models.py", False)],
)
def test_it_runs_for_changed_migrations_only(path: str, is_migration: bool) -> None:
    assert bool(re.search(HOOKS[0]["files"], path)) is is_migration
