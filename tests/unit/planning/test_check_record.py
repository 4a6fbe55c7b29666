"""What is kept of a migration check, how much of it, and what changes the id that an approval holds for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.check import CheckReport, LockWindow
from deploy.model.locks import LockMode
from deploy.model.releases import RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel
from deploy.planning.check_record import SQL_KEPT_CHARACTERS, STATEMENTS_KEPT, WINDOWS_KEPT, check_id, check_record
from tests.unit.cli.check_report.reports import a_finding, a_report, a_statement, realistic_report

FINDING = a_finding("drop_column", RiskLevel.HIGH, line=7, statement="ALTER TABLE a DROP b")


def judged(**changes: Any) -> CheckReport:
    revision: dict[str, Any] = {
        "revision_id": "r2", "message": "", "level": RiskLevel.HIGH, "kind": RevisionKind.CONTRACT, "findings": (FINDING,),
    }
    return a_report(RevisionRisk(**{**revision, **changes}))


def window(first: int, last: int, transaction: int = 0, mode: LockMode = LockMode.ACCESS_EXCLUSIVE, **changes: Any) -> LockWindow:
    return replace(LockWindow(transaction, "public.orders", mode, first, last, 1.5, (first,)), **changes)


def kept(report: CheckReport) -> list[int]:
    return [row["position"] for row in check_record(report)["statements"]]


def statements(*transactions: int) -> dict[str, Any]:
    return {"statements": tuple(a_statement(f"SELECT {n}", transaction=t) for n, t in enumerate(transactions))}


@pytest.mark.parametrize(
    "changes",
    [
        {"revision_id": "r3"}, {"level": RiskLevel.VERY_HIGH}, {"kind": RevisionKind.EXPAND}, {"findings": ()},
        {"findings": (replace(FINDING, rule="other"),)}, {"findings": (replace(FINDING, line=8),)},
        {"findings": (replace(FINDING, statement="other"),)}, {"findings": (replace(FINDING, level=RiskLevel.LOW),)},
    ],
)
def test_another_verdict_is_another_id(changes: dict[str, Any]) -> None:
    assert check_id(judged(**changes)) != check_id(judged())


def test_the_id_is_eight_digits_and_the_same_for_other_sizes_and_words() -> None:
    worded = judged(findings=(replace(FINDING, says="in other words"),))
    assert check_id(worded) == check_id(judged()) == check_id(replace(judged(), sizes_are_known=False))
    assert check_id(judged()) == "a082f13b", "what was approved yesterday is approved today"


def test_the_record_holds_the_verdict_whole() -> None:
    report = realistic_report()
    record = check_record(report)
    assert {name: record[name] for name in ("check", "method", "server", "production", "risk", "backup")} == {
        "check": check_id(report), "method": report.method, "server": report.server, "production": report.production,
        "risk": report.risk.level.label, "backup": report.advice.backup,
    }
    assert [f["rule"] for f in record["findings"]] == [f.rule for f in report.risk.findings]
    assert [f["level"] for f in record["findings"]] == [f.level.label for f in report.risk.findings]
    assert [a["question"] for a in record["answers"]] == [a.question for a in report.answers]
    assert record["warnings"] == list(report.warnings)


def test_a_window_is_kept_with_each_of_its_values_where_writers_wait() -> None:
    waits, passes = window(1, 2, 5, work=(1, 2)), window(0, 0, mode=LockMode.SHARE_UPDATE_EXCLUSIVE)
    record = check_record(a_report(windows=(passes, waits), **statements(0, 5, 5)))
    assert record["windows"] == [{
        "transaction": 5, "relation": "public.orders", "mode": "ACCESS EXCLUSIVE",
        "who_waits": LockMode.ACCESS_EXCLUSIVE.who_waits, "first": 1, "last": 2, "seconds": 1.5, "work": [1, 2],
    }]


def test_statements_are_kept_of_the_whole_transaction_and_of_those_that_stand_alone_the_window_itself() -> None:
    three = statements(0, 0, 0, 4, 4, 6)
    assert kept(a_report(windows=(window(1, 2),), **three)) == [1, 2]
    assert kept(a_report(windows=(window(3, 3, 4),), **three)) == [3, 4]
    assert kept(a_report(windows=(window(0, 0), window(5, 5, 6)), **three)) == [0, 5]
    assert kept(a_report(windows=(), **three)) == []


def test_a_statement_is_kept_with_its_place_and_cut_where_it_is_long() -> None:
    exact, long = "x" * SQL_KEPT_CHARACTERS, "y" * (SQL_KEPT_CHARACTERS + 1)
    sent = tuple(
        a_statement(sql, revision_id="r2", line=9, transaction=3, seconds=2.5) for sql in (exact, long)
    )
    first, second = check_record(a_report(windows=(window(0, 1, 3),), statements=sent))["statements"]
    assert first == {"position": 0, "revision": "r2", "line": 9, "transaction": 3, "seconds": 2.5, "sql": exact}
    assert second["sql"] == "y" * (SQL_KEPT_CHARACTERS - 1) + "…"


def test_a_ledger_row_stays_small_whatever_is_migrated() -> None:
    many = STATEMENTS_KEPT + 5
    report = a_report(windows=tuple(window(n, n) for n in range(many)), **statements(*[0] * many))
    record = check_record(report)
    assert len(record["windows"]) == WINDOWS_KEPT
    whole = check_record(a_report(windows=(window(0, many, 1),), **statements(*[1] * many)))
    assert [row["position"] for row in whole["statements"]] == list(range(STATEMENTS_KEPT))


def test_no_password_is_kept() -> None:
    sent = (a_statement("CREATE ROLE a PASSWORD 'hunter2'", transaction=1),)
    assert "hunter2" not in str(check_record(a_report(windows=(window(0, 0, 1),), statements=sent)))
