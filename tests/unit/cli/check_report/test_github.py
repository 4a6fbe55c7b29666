"""Workflow commands: one line each, whatever a migration is called or says."""

from __future__ import annotations

import re

from deploy.checking.cli.report import MARKER, check_to_annotations, check_to_step_summary
from tests.unit.cli.check_report.reports import awkward_report, nothing_pending, realistic_report

COMMAND = re.compile(r"::(error|warning|notice) ((?:file|line|title)=[^:,\r\n]*(?:,(?:line|title)=[^:,\r\n]*)*)::[^\r\n]*")


def test_every_annotation_is_one_command_that_cannot_be_broken_out_of() -> None:
    lines = check_to_annotations(realistic_report()) + check_to_annotations(awkward_report())
    assert [line for line in lines if not COMMAND.fullmatch(line)] == []


def test_a_finding_stands_on_its_file_and_line() -> None:
    first = check_to_annotations(realistic_report())[0]
    assert first.startswith(
        "::error file=migrations/versions/0009_widen_orders_and_drop_note.py,line=23,title=very high risk%3A drop_column::"
    )
    assert "%0A%0ASafe form:%0A" in first


def test_names_are_escaped_by_the_runners_rules() -> None:
    first = check_to_annotations(awkward_report())[0]
    assert "file=a b%2Cc%3Ad/versions/한국어_100%25_migration" in first
    assert "50%25" in first


def test_a_finding_without_a_file_stands_on_the_run() -> None:
    unplaced = [line for line in check_to_annotations(awkward_report()) if "file=" not in line]
    assert len(unplaced) == 2


def test_the_worst_come_first_because_github_shows_ten() -> None:
    kinds = [line.split(" ")[0] for line in check_to_annotations(realistic_report())]
    assert kinds == ["::error", "::error", "::warning", "::notice", "::notice", "::notice"]


def test_nothing_pending_annotates_nothing() -> None:
    assert check_to_annotations(nothing_pending()) == []


def test_the_summary_of_the_job_is_markdown_without_the_marker() -> None:
    summary = check_to_step_summary(realistic_report())
    assert MARKER not in summary
    assert summary.startswith("## ")
    assert summary.endswith("\n")
