"""Every known hazard of a migration has a rule, or a place where it is dealt with."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

from deploy.checking.risk.rules import RULES
from deploy.checking.risk.run_rules import RUN_RULES

ROWS = list(csv.DictReader((Path(__file__).parent / "hazards.csv").read_text().splitlines()))
NAMES = {rule.name for rule in (*RULES, *RUN_RULES)}
COUNTS = {"C": 20, "Y": 7, "K": 10, "I": 10, "D": 11, "P": 5, "E": 3, "V": 5, "M": 5, "T": 13, "A": 8}


def test_the_list_is_whole() -> None:
    wanted = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]
    assert [row["id"] for row in ROWS] == wanted


def test_every_hazard_has_a_rule_that_exists_or_another_place() -> None:
    for row in ROWS:
        rules, elsewhere = row["rules"].split(), row["dealt with elsewhere"]
        assert set(rules) <= NAMES, row
        assert rules or elsewhere, row
        if elsewhere and not elsewhere.startswith("no danger"):
            assert find_spec(elsewhere) is not None, row
