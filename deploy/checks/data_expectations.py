"""Does the data meet what the project expects of it? Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

from deploy.model.data_checks import EQUAL, DataCheck, DataResult, DataVerdict, read_comparison

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}


def judge_data(
    checks: Sequence[DataCheck], before: Sequence[DataResult] | None, after: Sequence[DataResult]
) -> tuple[DataVerdict, ...]:
    """Each check; one without an answer has failed.

    Args:
        before: None where nothing was asked before: what compares is then left open, and says so.
    """
    old = {result.file_name: result for result in before or ()}
    new = {result.file_name: result for result in after}
    return tuple(
        _judge(check, old.get(check.file_name), new.get(check.file_name), has_before=before is not None)
        for check in checks
    )


def _judge(check: DataCheck, before: DataResult | None, after: DataResult | None, *, has_before: bool) -> DataVerdict:
    if after is None:
        return DataVerdict(check.name, False, "it gave no answer")
    if after.error:
        return DataVerdict(check.name, False, after.error)
    if not check.needs_before:
        return _judge_alone(check, after)
    if not has_before:
        return DataVerdict(check.name, True, f"{_shown(after)}; nothing to compare with")
    if before is None or before.error:
        # A query of the new schema may fail on the old one: then there is nothing that could have shrunk.
        return DataVerdict(check.name, True, f"{_shown(after)}; there was no answer before")
    if check.expectation == EQUAL:
        is_ok = (before.digest, before.value) == (after.digest, after.value)
    else:
        was, now = _number(before), _number(after)
        is_ok = was is not None and now is not None and now >= was
    return DataVerdict(check.name, is_ok, f"{_shown(before)} before, {_shown(after)} after")


def _judge_alone(check: DataCheck, after: DataResult) -> DataVerdict:
    comparison = read_comparison(check.expectation)
    if comparison is None:
        return DataVerdict(check.name, not after.is_refused, "refused by check()" if after.is_refused else "passed")
    what, sign, wanted = comparison
    found = float(after.rows) if what == "rows" else _number(after)
    is_ok = found is not None and not after.is_refused and OPERATORS[sign](found, wanted)
    return DataVerdict(check.name, is_ok, f"{_shown(after)}; expected {check.expectation}")


def _number(result: DataResult) -> float | None:
    """The value where there is one that is a number; else the rows, for a query that gives rows."""
    if result.value is None:
        return None
    try:
        return float(result.value)
    except ValueError:
        return None


def _shown(result: DataResult) -> str:
    if result.value is None:
        return f"{result.rows} rows"
    return f"value {result.value}" if result.rows <= 1 else f"{result.rows} rows, first value {result.value}"
