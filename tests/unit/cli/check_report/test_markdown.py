"""A comment that a bot can find again, that fits, and that a migration's text cannot take over."""

from __future__ import annotations

import re
from dataclasses import replace

from markdown_it import MarkdownIt

from deploy.checking.cli.report import MARKER, check_to_markdown
from deploy.model.risk import RiskLevel, RiskReport
from tests.unit.cli.check_report.reports import (
    a_finding,
    awkward_report,
    nothing_pending,
    realistic_report,
    small_report,
)

GITHUB_LIMIT = 65_536


def html_of(markdown: str) -> str:
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)


def test_the_comment_starts_with_its_marker() -> None:
    for report in (small_report(), realistic_report(), awkward_report(), nothing_pending()):
        assert check_to_markdown(report).startswith(f"{MARKER}\n## ")


def test_verdict_and_next_command_stand_before_the_table() -> None:
    text = check_to_markdown(realistic_report())
    marks = ["very high risk", "`--manual-migrate`, backup **required**", "./scripts/deploy.sh", "| risk | rule |"]
    assert [text.index(mark) for mark in marks] == sorted(text.index(mark) for mark in marks)


def test_details_are_collapsed_and_hold_the_safe_form() -> None:
    text = check_to_markdown(realistic_report())
    assert text.count("<details>") == text.count("</details>") == 6
    assert '```python\n# in a later release, when no running code names the column:\nop.drop_column("orders", "note")\n```' in text
    assert "ACCESS EXCLUSIVE on orders from line 20 to COMMIT" in text


def test_every_row_has_the_columns_of_its_head() -> None:
    for report in (realistic_report(), awkward_report()):
        for table in re.findall(r"<table>.*?</table>", html_of(check_to_markdown(report)), re.DOTALL):
            head = table.count("<th>")
            rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)[1:]
            assert {row.count("<td>") for row in rows} == {head}


def test_a_migrations_text_is_never_markup() -> None:
    rendered = html_of(check_to_markdown(awkward_report()))
    outside_code = re.sub(r"<code.*?</code>", "", rendered, flags=re.DOTALL)
    assert rendered.count("<details>") == rendered.count("</details>")
    assert "<details>" not in "".join(re.findall(r"<code.*?</code>", rendered, re.DOTALL))
    assert "@everyone" not in outside_code
    assert "<em>" not in outside_code


def test_a_comment_never_exceeds_what_github_takes() -> None:
    report = realistic_report()
    many = tuple(
        a_finding("drop_table", RiskLevel.VERY_HIGH, says=f"{number} " + "한" * 300, statement="x" * 900)
        for number in range(500)
    )
    text = check_to_markdown(replace(report, risk=RiskReport((replace(report.risk.revisions[1], findings=many),))))
    assert len(text.encode()) < GITHUB_LIMIT
    assert "_and 450 more_" in text
    assert "left out: too long here" in text
    assert "./scripts/deploy.sh" in text


def test_rules_are_linked_where_the_base_is_known() -> None:
    text = check_to_markdown(realistic_report(), docs_base="https://example.org/")
    assert "[`drop_column`](https://example.org/docs/rules/drop_column.md)" in text
