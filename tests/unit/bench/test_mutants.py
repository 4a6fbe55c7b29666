"""What `make mutants` calls good: no survivor that nobody looked at, and no review of what does not survive any more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.mutants.results import Mutant, Reviewed, judge, read_mutants, read_reviewed
from tests.mutants.rooms import ROOMS
from tests.mutants.workshop import ROOT

DIFF = "--- deploy/engine/a.py\n+++ deploy/engine/a.py\n@@ -1,3 +1,3 @@\n def f():\n-    return a < b\n+    return a <= b\n"
NAME = "deploy.engine.a.x_f__mutmut_3"


def mutant(exit_code: int | None, name: str = NAME) -> Mutant:
    [found] = read_mutants(json.dumps([{"name": name, "exit_code": exit_code, "diff": DIFF}]))
    return found


def entry(**changes: Any) -> Reviewed:
    fields = {"function": "a.f", "was": "a < b", "became": ("a != b", "a <= b"), "why": "equal never happens"}
    return Reviewed(**{**fields, **changes})


@pytest.mark.parametrize(
    ("exit_code", "outcome", "is_alive"),
    [
        (0, "survived", True), (33, "untested", True), (5, "untested", True), (None, "not tried", True),
        (1, "killed", False), (2, "killed", False), (4, "killed", False), (-9, "killed", False),
        (36, "timeout", False), (37, "refused by mypy", False),
    ],
)
def test_only_what_a_test_or_mypy_noticed_is_dead(exit_code: int | None, outcome: str, is_alive: bool) -> None:
    assert (mutant(exit_code).outcome, mutant(exit_code).is_alive) == (outcome, is_alive)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        (NAME, "a.f"), ("deploy.engine.a.x__f__mutmut_1", "a._f"), ("deploy.planning.b.c.x_f__mutmut_1", "b.c.f"),
        ("deploy.engine.journal.xǁJournalǁclose__mutmut_12", "journal.Journal.close"),
    ],
)
def test_a_mutant_is_known_by_its_function_and_not_by_a_number_that_moves(name: str, function: str) -> None:
    assert mutant(0, name).function == function
    assert (mutant(0).was, mutant(0).became) == (("return a < b",), ("return a <= b",))


def test_a_survivor_that_nobody_reviewed_is_not_good() -> None:
    judged = judge([mutant(0), mutant(1)], [])
    assert (judged.is_good, len(judged.unreviewed), judged.reviewed) == (False, 1, 0)


def test_a_reviewed_survivor_is_good_and_counted_as_such() -> None:
    judged = judge([mutant(0), mutant(33), mutant(1)], [entry()])
    assert (judged.is_good, judged.reviewed, judged.counts.total()) == (True, 2, 3)


@pytest.mark.parametrize("changes", [{"function": "a.g"}, {"was": "a > b"}, {"became": ("a == b",)}])
def test_a_review_covers_its_own_change_alone(changes: dict[str, Any]) -> None:
    assert not judge([mutant(0)], [entry(**changes)]).is_good


def test_a_review_of_what_does_not_survive_any_more_goes() -> None:
    judged = judge([mutant(1)], [entry()])
    assert (judged.is_good, judged.outdated) == (False, (entry(),))


@pytest.mark.parametrize("name", ROOMS)
def test_each_room_has_its_tests_and_every_review_its_reason(name: str) -> None:
    assert all((ROOT / path).exists() for path in (ROOMS[name].folder, *ROOMS[name].tests))
    assert all(entry.why and entry.was and entry.became for entry in read_reviewed(name))
