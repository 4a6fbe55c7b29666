"""Every rule finds what it is for, says what finding.txt says, and keeps quiet about what looks alike."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import deploy.checking.risk.rules
import deploy.checking.risk.run_rules
from deploy.checking.risk.rules import RULES
from deploy.checking.risk.run_rules import RUN_RULES
from deploy.model.risk import RiskLevel
from tests.rules.examples import FOLDER, cases, findings, folders, judge, told

NAMES = [rule.name for rule in (*RULES, *RUN_RULES)]
FILES = {"bad.sql", "good.sql", "finding.txt"}
NOT_OF_RULES = {"schema.sql", "examples.py", "__pycache__"}


def test_every_rule_has_a_folder_with_its_examples_and_its_finding() -> None:
    assert len(set(NAMES)) == len(NAMES)
    incomplete = {name for name in NAMES if {path.name for path in (FOLDER / name).glob("*")} - {"setup.sql"} != FILES}
    assert incomplete == set()


def test_nothing_lies_among_the_examples_that_belongs_to_no_rule() -> None:
    assert {path.name for path in FOLDER.iterdir()} - NOT_OF_RULES == set(NAMES)


@pytest.mark.parametrize("package", [deploy.checking.risk.rules, deploy.checking.risk.run_rules])
def test_a_rule_bears_its_files_name_and_explains_itself(package: object) -> None:
    directory = Path(str(getattr(package, "__file__", "")))
    for path in directory.parent.glob("*.py"):
        if path.stem in {"__init__", "view"}:
            continue
        module = import_module(f"{getattr(package, '__name__', '')}.{path.stem}")
        assert module.RULE.name == path.stem
        assert len((module.__doc__ or "").splitlines()) > 1, f"{path.stem} does not say what PostgreSQL does"


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_a_danger_is_found_and_told_as_written(folder: Path) -> None:
    bad = folder / "bad.sql"
    assert all(findings(bad)), "a case of bad.sql in which the rule sees no danger"
    assert told(bad) == (folder / "finding.txt").read_text()


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_what_looks_alike_is_let_pass(folder: Path) -> None:
    good = folder / "good.sql"
    assert cases(good)
    assert not any(findings(good))


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_what_is_said_is_a_sentence_without_a_full_stop(folder: Path) -> None:
    for finding in (finding for case in findings(folder / "bad.sql") for finding in case):
        assert finding.says == finding.says.strip().rstrip(".")
        assert "  " not in finding.says
        assert not finding.says[0].isspace()
        assert "None" not in finding.says
        assert len(finding.says) <= 240


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_a_safe_form_is_python(folder: Path) -> None:
    for finding in (finding for case in findings(folder / "bad.sql") for finding in case):
        assert finding.safe_form or finding.rule in WITHOUT_SAFE_FORM, "no safe form"
        ast.parse(finding.safe_form)
        assert max(map(len, finding.safe_form.splitlines()), default=0) <= 140


# Nobody can write for its author what could not be read, or what only its author knows.
WITHOUT_SAFE_FORM = frozenset({
    "unreadable", "unknown_statement", "unknown_alter_table", "not_rendered", "migration_fails", "downgrade_fails", "downgrade_differs", "reads_rows",
    "no_downgrade",
})


def test_advice_is_told_only_where_it_is_asked_for() -> None:
    advice = {name for name in NAMES if _levels(name) == {RiskLevel.ADVICE}}
    assert advice >= {
        "json_column", "char_column", "varchar_with_limit", "timestamp_without_time_zone", "serial_column",
        "small_primary_key", "wide_index", "duplicate_index", "name_is_truncated", "foreign_key_without_index",
    }
    for name in advice:
        for case in cases(FOLDER / name / "bad.sql"):
            assert name not in {finding.rule for finding in judge(case, has_advice=False)}


def _levels(name: str) -> set[RiskLevel]:
    return {finding.level for case in findings(FOLDER / name / "bad.sql") for finding in case}
