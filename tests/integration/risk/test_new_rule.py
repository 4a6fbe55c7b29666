"""`make new-rule` begins a rule that is found, and whose test fails until it is written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.new_rule import main

ROOT = Path(__file__).parents[3]
KNOWN = "from deploy.checking.risk.rules import RULES; print([rule.name for rule in RULES])"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what a rule needs."""
    for name in ("deploy", "scripts", "tests/rules", "tests/unit/risk"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def run(tree: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *argv], cwd=tree, capture_output=True, text=True, check=False)


def test_a_new_rule_is_found_and_asks_for_its_examples(tree: Path) -> None:
    assert main(["drop_something", "--root", str(tree)]) == 0
    assert "'drop_something'" in run(tree, "-c", KNOWN).stdout
    tests = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/risk/test_rules.py", "-k", "drop_something")
    assert tests.returncode == 1
    assert "test_a_danger_is_found_and_told_as_written[drop_something]" in tests.stdout


def test_a_rule_that_is_written_passes_its_tests_once_its_finding_is_told(tree: Path) -> None:
    main(["drop_something", "--root", str(tree)])
    rule = tree / "deploy/checking/risk/rules/drop_something.py"
    rule.write_text(rule.read_text().replace("SetNotNull", "DropNotNull"))
    (tree / "tests/rules/drop_something/bad.sql").write_text("ALTER TABLE orders ALTER side DROP NOT NULL;\n")
    (tree / "tests/rules/drop_something/good.sql").write_text("ANALYZE orders;\n")
    assert run(tree, "scripts/rule_pages.py").returncode == 0
    assert (tree / "docs/rules/drop_something.md").read_text().startswith("# drop_something\n")
    tests = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/risk/test_rules.py", "-k", "drop_something")
    assert tests.returncode == 0, tests.stdout


@pytest.mark.parametrize("name", ["Drop", "drop-something", "1st", "../x", "drop_table"])
def test_a_name_that_cannot_be_a_rule_or_is_taken_changes_nothing(tree: Path, name: str, capsys) -> None:
    before = sorted(tree.rglob("*.py"))
    assert main([name, "--root", str(tree)]) == 2
    assert capsys.readouterr().err
    assert sorted(tree.rglob("*.py")) == before


def test_make_knows_the_recipe() -> None:
    made = subprocess.run(
        ["make", "-n", "new-rule", "NAME=drop_something"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "scripts/new_rule.py drop_something" in made.stdout
