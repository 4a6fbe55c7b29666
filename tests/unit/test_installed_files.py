"""What the tool reads beside its modules is in its wheel: an installed tool has no checkout to look into."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NO_PART_OF_A_WHEEL = {"__pycache__"}


def test_every_file_that_is_no_module_is_named_for_the_wheel() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    packed = {
        path
        for package, patterns in named.items() for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern) if path.is_file()
    }
    there = {
        path for path in (ROOT / "deploy").rglob("*")
        if path.is_file() and path.suffix != ".py" and not NO_PART_OF_A_WHEEL & set(path.parts)
    }
    assert len(there) > 20
    assert {str(path.relative_to(ROOT)) for path in there - packed} == set()


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "deploy").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
