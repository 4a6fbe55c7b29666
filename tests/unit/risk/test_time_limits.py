"""Which time limit holds when: production's, the session's own, and what SET makes of them."""

from __future__ import annotations

import pytest

from deploy.checking.risk.time_limits import Limits, limits_of_session, milliseconds_of
from deploy.checking.statements import read_statements
from deploy.model.snapshot import TimeLimit

ROLE = TimeLimit("statement_timeout", 300, "role shop")


@pytest.mark.parametrize(
    ("value", "milliseconds"), [("300", 300), ("300ms", 300), ("5s", 5000), ("1min", 60_000), ("0", 0), ("soon", None)]
)
def test_a_value_is_read_as_postgresql_reads_it(value: str, milliseconds: int | None) -> None:
    assert milliseconds_of(value) == milliseconds


def test_what_the_session_sets_itself_counts_instead_of_productions() -> None:
    assert limits_of_session([ROLE], {"statement_timeout": "0"}, "") == (ROLE,)
    assert limits_of_session([ROLE], {"statement_timeout": "0"}, "-c statement_timeout=0") == ()
    [own] = limits_of_session([ROLE], {"statement_timeout": "5s"}, "")
    assert (own.milliseconds, own.source) == (5000, "the migration's own session")


def held(*steps: tuple[str, int]) -> int | None:
    limits = Limits.at_start([ROLE])
    for sql, transaction in steps:
        limits = limits.in_transaction(transaction)
        for statement in read_statements(sql):
            limits = limits.after(statement, transaction)
    found = limits.by_name.get("statement_timeout")
    return found.milliseconds if found else None


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ([("SET statement_timeout = 0", 0)], None),
        ([("SET statement_timeout = '1min'", 1)], 60_000),
        ([("SET LOCAL statement_timeout = 0", 1), ("SELECT 1", 1)], None),
        ([("SET LOCAL statement_timeout = 0", 1), ("SELECT 1", 2)], 300),
        ([("SET LOCAL statement_timeout = 0", 0)], 300),
        ([("SELECT set_config('statement_timeout', '0', false)", 1), ("SELECT 1", 2)], None),
        ([("SET statement_timeout = 0", 0), ("RESET statement_timeout", 0)], 300),
        ([("SET lock_timeout = 0", 0)], 300),
    ],
)
def test_set_and_reset_change_what_holds(steps: list[tuple[str, int]], left: int | None) -> None:
    assert held(*steps) == left
