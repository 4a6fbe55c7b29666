"""What a project expects of its data, read from a file's head and judged."""

from __future__ import annotations

import pytest

from deploy.checks.data_expectations import judge_data
from deploy.model.data_checks import DataCheck, DataResult, read_header
from deploy.model.errors import UsageError

SQL = "-- name: users\n-- expect: {}\nSELECT count(*) FROM users\n"


def judged(expectation: str, after: DataResult, before: DataResult | None = None) -> bool:
    check = DataCheck("a.sql", "users", expectation)
    (verdict,) = judge_data([check], None if before is None else [before], [after])
    return verdict.is_ok


def found(value: object = None, rows: int = 1, digest: str = "", error: str = "") -> DataResult:
    return DataResult("a.sql", rows, None if value is None else str(value), digest, error)


def test_a_header_gives_name_and_expectation() -> None:
    assert read_header("a.sql", SQL.format("not  shrinking")) == DataCheck("a.sql", "users", "not shrinking")
    assert read_header("a.py", "async def check(connection): ...") == DataCheck("a.py", "a.py", "passes")


@pytest.mark.parametrize("text", [
    "SELECT 1", "-- name: users\nSELECT 1", "-- expect: rows = 0\nSELECT 1", SQL.format("many rows"),
    SQL.format("value > x"), "SELECT 1\n-- name: late\n-- expect: rows = 0\n",
])
def test_a_header_that_is_missing_or_unreadable_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_header("a.sql", text)
    assert caught.value.reference == "data-check-without-header"


def test_comparisons_of_rows_and_values() -> None:
    assert judged("rows = 0", found(rows=0))
    assert not judged("rows = 0", found(7, rows=1))
    assert judged("value >= 1", found("1.0"))
    assert not judged("value >= 1", found(0))
    assert not judged("value >= 1", found(None))
    assert not judged("value >= 1", found("many"))


def test_what_must_not_shrink_may_grow_and_stay() -> None:
    assert judged("not shrinking", found(120), found(120))
    assert judged("not shrinking", found(121), found(120))
    assert not judged("not shrinking", found(95), found(120))
    assert not judged("not shrinking", found(None), found(120))


def test_what_must_be_equal_is_compared_whole() -> None:
    assert judged("equal before and after", found(1, 2, "aa"), found(1, 2, "aa"))
    assert not judged("equal before and after", found(1, 2, "ab"), found(1, 2, "aa"))


def test_a_query_that_fails_afterwards_has_failed_whatever_was_before() -> None:
    assert not judged("not shrinking", found(error="UndefinedTableError: users"), found(120))


def test_a_query_that_had_no_answer_on_the_old_schema_cannot_have_shrunk() -> None:
    assert judged("not shrinking", found(1), found(error="UndefinedColumnError: side"))


def test_a_check_without_an_answer_has_failed() -> None:
    (verdict,) = judge_data([DataCheck("a.sql", "users", "rows = 0")], None, [])
    assert not verdict.is_ok
