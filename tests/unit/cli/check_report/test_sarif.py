"""SARIF that code scanning takes: a place for every result, and fingerprints that outlive moved lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deploy.checking.cli.report import check_to_sarif
from deploy.model.check import CheckReport
from deploy.model.risk import RiskLevel, RiskReport
from tests.unit.cli.check_report.reports import (
    a_finding,
    awkward_report,
    nothing_pending,
    realistic_report,
    small_report,
)

REPORTS = (small_report, realistic_report, awkward_report, nothing_pending)


def results(report: CheckReport) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = check_to_sarif(report)["runs"][0]["results"]
    return found


def place(result: dict[str, Any]) -> tuple[str, int]:
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


@pytest.mark.parametrize("make", REPORTS)
def test_every_result_has_a_relative_place_and_a_rule(make: Callable[[], CheckReport]) -> None:
    run = check_to_sarif(make())["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        uri, line = place(result)
        assert uri
        assert not uri.startswith("/")
        assert not set(uri) & set(" :,한")
        assert line >= 1
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]


def test_levels_follow_the_risk() -> None:
    levels = {result["ruleId"]: result["level"] for result in results(realistic_report())}
    assert levels == {
        "add_index_not_concurrently": "warning", "alter_column_type": "error", "drop_column": "error",
        "add_column": "note",
    }


def test_a_rule_has_help_and_its_page() -> None:
    sarif = check_to_sarif(
        realistic_report(), docs_base="https://example.org/blob/main/", version="1.2.3",
        rule_texts={"drop_column": "# drop_column"},
    )
    driver = sarif["runs"][0]["tool"]["driver"]
    rule = next(rule for rule in driver["rules"] if rule["id"] == "drop_column")
    assert driver["version"] == "1.2.3"
    assert rule["helpUri"] == "https://example.org/blob/main/docs/rules/drop_column.md"
    assert rule["help"]["markdown"] == "# drop_column"
    assert check_to_sarif(realistic_report())["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"] == (
        "docs/rules/add_column.md"
    )


def test_fingerprints_differ_between_results_and_stay_when_lines_move() -> None:
    def prints(report: CheckReport) -> list[str]:
        return [value for result in results(report) for value in result["partialFingerprints"].values()]

    report = realistic_report()
    moved = tuple(
        replace(revision, findings=tuple(replace(f, line=f.line + 40) for f in revision.findings))
        for revision in report.risk.revisions
    )
    assert prints(replace(report, risk=RiskReport(moved))) == prints(report)
    assert len(set(prints(report))) == len(prints(report))


def test_the_same_statement_twice_is_two_results() -> None:
    report = realistic_report()
    revision = report.risk.revisions[0]
    twice = RiskReport((replace(revision, findings=revision.findings * 2),))
    first, second = results(replace(report, risk=twice))
    assert first["partialFingerprints"] != second["partialFingerprints"]


def test_a_finding_without_a_file_points_at_its_revision_or_at_last_at_alembic() -> None:
    report = realistic_report()
    lost = a_finding("not_rendered", RiskLevel.HIGH, revision_id="0008")
    revision = replace(report.risk.revisions[0], findings=(lost,))
    known = replace(report, risk=RiskReport((revision,)))
    assert place(results(known)[0]) == ("migrations/versions/0008_index_orders_by_symbol.py", 1)
    assert place(results(replace(known, statements=()))[0]) == ("alembic.ini", 1)


def test_warnings_are_told_as_notifications() -> None:
    invocation = check_to_sarif(realistic_report())["runs"][0]["invocations"][0]
    assert len(invocation["toolExecutionNotifications"]) == 1
