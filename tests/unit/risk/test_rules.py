"""Every rule finds what it is for, at its level, and keeps quiet about what looks alike."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import deploy.risk.rules
from deploy.model.risk import RiskLevel
from deploy.risk.rules import RULES
from tests.unit.risk.examples import BAD, GOOD
from tests.unit.risk.pending import judge_one

NAMES = [rule.name for rule in RULES]


def test_every_rule_has_a_bad_and_a_good_example() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert {name for name in NAMES if not BAD.get(name)} == set()
    assert {name for name in NAMES if not GOOD.get(name)} == set()
    assert set(BAD) | set(GOOD) == set(NAMES)


def test_every_rule_file_is_registered_under_its_own_name() -> None:
    directory = Path(str(deploy.risk.rules.__file__)).parent
    files = {path.stem for path in directory.glob("*.py")} - {"__init__"}
    assert files == set(NAMES)
    assert {import_module(f"deploy.risk.rules.{name}").RULE.name for name in files} == files


@pytest.mark.parametrize(("name", "level", "sql"), [(n, level, sql) for n, rows in BAD.items() for level, sql in rows])
def test_a_danger_is_found_at_its_level(name: str, level: RiskLevel, sql: str) -> None:
    found = [f for f in judge_one(sql).findings if f.rule == name]
    assert [f.level for f in found] == [level]
    assert found[0].says == found[0].says.strip().rstrip(".")
    assert found[0].revision_id == "r1"


@pytest.mark.parametrize(("name", "sql"), [(name, sql) for name, rows in GOOD.items() for sql in rows])
def test_what_looks_alike_is_let_pass(name: str, sql: str) -> None:
    assert [f for f in judge_one(sql).findings if f.rule == name] == []
