"""Each expectation of the data at its bound, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.checks.data_expectations import judge_data
from deploy.model.data_checks import DataCheck, DataResult, DataVerdict


def _verdict(expectation: str, after: DataResult | None, before: DataResult | None = None, *, asked: bool = False) -> DataVerdict:
    earlier = ([before] if before else []) if asked or before else None
    [verdict] = judge_data([DataCheck("a.sql", "users", expectation)], earlier, [after] if after else [])
    return verdict


def _found(value: str | None = None, rows: int = 1, digest: str = "", **changes: Any) -> DataResult:
    return DataResult("a.sql", rows, value, digest, changes.pop("error", ""), **changes)


@pytest.mark.parametrize(
    ("expectation", "value", "is_ok"),
    [
        ("value = 5", "5", True), ("value = 5", "6", False), ("value != 5", "5", False), ("value != 5", "6", True),
        ("value >= 5", "5", True), ("value >= 5", "4", False), ("value <= 5", "5", True), ("value <= 5", "6", False),
        ("value > 5", "5", False), ("value > 5", "6", True), ("value < 5", "5", False), ("value < 5", "4", True),
    ],
)
def test_each_comparison_at_its_bound(expectation: str, value: str, is_ok: bool) -> None:
    assert _verdict(expectation, _found(value)).is_ok is is_ok
    assert _verdict(expectation.replace("value", "rows"), _found(None, int(value))).is_ok is is_ok


def test_a_check_that_refuses_by_its_own_word_has_failed_whatever_it_gave() -> None:
    assert not _verdict("value = 5", _found("5", is_refused=True)).is_ok
    assert _verdict("passes", _found("5")) == DataVerdict("users", True, "passed")
    refused = _verdict("passes", _found("5", is_refused=True))
    assert (refused.is_ok, "check()" in refused.says) == (False, True)


def test_where_nothing_was_asked_before_or_nothing_answered_the_comparison_is_left_open_and_said() -> None:
    for before, asked in ((None, False), (None, True), (_found(error="no such column"), True)):
        verdict = _verdict("not shrinking", _found("1"), before, asked=asked)
        assert verdict.is_ok
        assert "value 1" in verdict.says
    assert _verdict("not shrinking", _found("1")).says != _verdict("not shrinking", _found("1"), asked=True).says


def test_a_query_that_fails_says_why_and_one_without_an_answer_too() -> None:
    assert _verdict("passes", _found(error="no such table")) == DataVerdict("users", False, "no such table")
    assert _verdict("passes", None).is_ok is False


def test_each_check_is_compared_with_its_own_file() -> None:
    checks = [DataCheck("a.sql", "a", "not shrinking"), DataCheck("b.sql", "b", "not shrinking")]
    before = [DataResult("b.sql", 1, "9", "", ""), DataResult("a.sql", 1, "1", "", "")]
    after = [DataResult("a.sql", 1, "1", "", ""), DataResult("b.sql", 1, "8", "", "")]
    assert [(v.name, v.is_ok) for v in judge_data(checks, before, after)] == [("a", True), ("b", False)]


def test_equal_is_equal_in_digest_and_in_value() -> None:
    for before, is_ok in ((_found("1", 2, "aa"), True), (_found("2", 2, "aa"), False), (_found("1", 2, "ab"), False)):
        assert _verdict("equal before and after", _found("1", 2, "aa"), before).is_ok is is_ok


@pytest.mark.parametrize(("result", "says"), [(_found(None, 7), "7 rows"), (_found("5"), "value 5"), (_found("5", 0), "value 5"), (_found("5", 2), "2 rows, first value 5")])
def test_what_was_found_is_shown(result: DataResult, says: str) -> None:
    assert _verdict("value = 5", result).says.startswith(says)
