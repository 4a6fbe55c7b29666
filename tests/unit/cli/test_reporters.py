"""Lines for the operator: never a password, never an exception."""

from __future__ import annotations

import io

from deploy.cli.progress import PlainReporter
from tests.fakes.planned_steps import any_step

STEP = any_step("switch-containers", "release-1 to release-2")


class GoneTerminal(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def tell(reporter: PlainReporter) -> None:
    reporter.step_began(0, 2, STEP)
    reporter.say("postgresql://ann:hush@db/shop")
    reporter.log("postgresql://ann:hu@sh@db/shop")
    reporter.warn("mind this")
    reporter.step_ended(0, 2, STEP, outcome="release-2 serves", is_ok=True, seconds=1.25)
    reporter.step_ended(0, 2, STEP, outcome="no", is_ok=False, seconds=0, is_undo=True)


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    tell(PlainReporter(GoneTerminal()))
    closed = io.StringIO()
    closed.close()
    tell(PlainReporter(closed))


def test_one_plain_line_an_event_without_passwords() -> None:
    stream = io.StringIO()
    tell(PlainReporter(stream))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "[1/2] switch-containers: release-1 to release-2"
    assert lines[4] == "[1/2] switch-containers ok (1.2 s): release-2 serves"
    assert lines[5].startswith("[1/2] switch-containers NOT UNDONE")
    assert "hush" not in stream.getvalue()
    assert "sh@" not in stream.getvalue()
