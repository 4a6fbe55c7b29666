"""What a person reads at 2 a.m.: everything on the screen, the decision first."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from deploy.checking.cli.report import check_to_text, say_check
from deploy.checking.cli.report.wrapping import columns
from deploy.cli.progress import PlainReporter, TerminalReporter
from deploy.model.check import CheckReport
from tests.unit.cli.check_report.reports import (
    a_report,
    awkward_report,
    nothing_pending,
    realistic_report,
    small_report,
)

SCREEN_LINES = 24
REPORTS = (small_report, realistic_report, awkward_report, nothing_pending, a_report)


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("is_verbose", [False, True])
@pytest.mark.parametrize("width", [40, 80, 110])
@pytest.mark.parametrize("make", REPORTS)
def test_no_line_is_wider_than_the_terminal(make: Callable[[], CheckReport], width: int, is_verbose: bool) -> None:
    text = check_to_text(make(), is_verbose=is_verbose, width=width)
    assert [line for line in text.splitlines() if columns(line) > width] == []


def test_a_usual_small_migration_fits_one_screen() -> None:
    text = check_to_text(small_report())
    assert text.count("\n") < SCREEN_LINES


def test_the_verdict_and_the_next_command_come_first() -> None:
    lines = check_to_text(realistic_report()).splitlines()
    assert lines[0] == "Very high risk: --manual-migrate, backup required"
    assert lines[1] == "next: ./scripts/deploy.sh --manual-migrate --backup --health-check"


def test_the_order_is_facts_warnings_answers_findings_review_time_line_environment() -> None:
    text = check_to_text(realistic_report())
    marks = [
        "0007 -> 0010", "production: shop", "warning: production runs", "Does it drop", "VERY HIGH: drop_column",
        "not shown: 1 low", "\nreview\n", "\ntime line", "\nenv.py\n",
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_a_finding_of_weight_is_told_in_full() -> None:
    text = words(check_to_text(realistic_report()))
    for part in (
        "VERY HIGH: drop_column in migrations/versions/0009_widen_orders_and_drop_note.py:23",
        "ALTER TABLE orders DROP COLUMN note",
        "lock ACCESS EXCLUSIVE on orders: every query waits, readers too",
        "table orders, about 2.1 million rows, 1.4 GB",
        "hold about 24 s, estimated",
        "loses the values of orders.note and the index orders_note_idx",
        "breaks code that runs now may fail on the result",
        'safe form: # in a later release, when no running code names the column: op.drop_column("orders", "note")',
    ):
        assert part in text


def test_low_findings_are_counted_and_verbose_tells_them() -> None:
    short, long = check_to_text(realistic_report()), check_to_text(realistic_report(), is_verbose=True)
    assert "adds users.locale" not in short
    assert "not shown: 1 low (add_column); --verbose shows them" in short
    assert "LOW: add_column" in long
    assert "not shown" not in long


def test_verbose_sets_measured_beside_predicted_for_every_statement() -> None:
    text = words(check_to_text(realistic_report(), is_verbose=True))
    assert "statements: 3 confirmed, 1 stronger, 1 not exercised" in text
    assert "seen ACCESS EXCLUSIVE on orders; rewrites orders read ACCESS EXCLUSIVE on orders" in text
    for number in range(1, 6):
        assert f" {number} " in text
    assert "lock_timeout 0, statement_timeout 0, time zone UTC" in text


def test_the_time_line_shows_each_lock_from_its_statement_to_commit() -> None:
    text = check_to_text(realistic_report())
    assert "    ##=|   ACCESS EXCLUSIVE on orders from line 20 to COMMIT; about 24 s" in text
    assert "meanwhile line 22 UPDATE users" in text
    assert "ROW EXCLUSIVE on users" not in text
    assert "    .==|   ROW EXCLUSIVE on users from line 22 to COMMIT" in check_to_text(realistic_report(), is_verbose=True)


def test_locks_of_a_moment_do_not_fill_the_screen() -> None:
    assert "no reader or writer waits 1 s or longer (estimated)" in words(check_to_text(small_report()))
    assert "=|" in check_to_text(small_report(), is_verbose=True)


def test_environment_advice_names_the_line_and_shows_it() -> None:
    text = words(check_to_text(realistic_report()))
    assert "(migrations/env.py:64) connection.execute(text(\"SET lock_timeout = '5s'\"))" in text


def test_nothing_pending_is_said_in_the_first_line() -> None:
    assert check_to_text(nothing_pending()).startswith("No migration is pending\n")


def test_an_unknown_production_is_said() -> None:
    text = words(check_to_text(awkward_report()))
    assert "production: not known, sizes not known; each revision is judged as if" in text
    assert "read from the SQL, nothing was run" in text
    assert "not known: it depends on the data" in text


def test_a_long_command_can_be_copied_from_the_screen() -> None:
    lines = check_to_text(awkward_report()).splitlines()
    end = next(number for number, line in enumerate(lines) if line.startswith("0006 ->"))
    command = "\n".join(lines[1:end]).removeprefix("next: ").replace("\\\n", " ")
    assert command.split() == awkward_report().advice.next_command.split()


def test_a_plain_reporter_gets_the_same_lines() -> None:
    stream = io.StringIO()
    say_check(PlainReporter(stream), realistic_report())
    assert stream.getvalue() == check_to_text(realistic_report())


def test_a_console_gets_colour_and_the_same_words() -> None:
    coloured, plain = io.StringIO(), io.StringIO()
    say_check(Console(file=coloured, width=80, force_terminal=True, color_system="standard"), realistic_report())
    say_check(Console(file=plain, width=80, no_color=True), realistic_report())
    assert "\x1b[" in coloured.getvalue()
    assert plain.getvalue() == check_to_text(realistic_report())


def test_the_terminals_reporter_gets_the_report_on_its_screen(capsys: pytest.CaptureFixture[str]) -> None:
    say_check(TerminalReporter(), realistic_report(), width=80)
    assert capsys.readouterr().out == check_to_text(realistic_report())


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    say_check(Console(file=Gone(), width=80), realistic_report())
