"""What the operator saw is kept, without secrets, and never stops a deployment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.adapters.log_file import FILE_NAME, LARGEST_BYTES, OLD_FILE_NAME, KeptReporter, read_log
from deploy.model.planned_step import PlannedStep
from tests.fakes.planned_steps import any_step

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
STEP = any_step("switch-containers", "1 → 2")


class Heard:
    """Implements `doors.Reporter` as a list."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    log = warn = say

    def step_began(self, position: int, total: int, step: PlannedStep, *, is_undo: bool = False) -> None:
        self.lines.append(step.name)

    def step_ended(self, position: int, total: int, step: PlannedStep, **_: object) -> None:
        self.lines.append(step.name)


def speak(reporter: KeptReporter) -> None:
    reporter.say("one")
    reporter.log("Running upgrade")
    reporter.warn("careful")
    reporter.step_began(1, 3, STEP)
    reporter.step_ended(1, 3, STEP, outcome="switched", is_ok=True, seconds=1.25)


def test_every_line_is_heard_and_kept_in_order(tmp_path: Path) -> None:
    heard = Heard()
    speak(KeptReporter(heard, tmp_path))
    assert heard.lines == ["one", "Running upgrade", "careful", "switch-containers", "switch-containers"]
    assert [line.text for line in read_log(tmp_path, *ALWAYS)] == [
        "one", "| Running upgrade", "warning: careful", "[2/3] switch-containers: 1 → 2",
        "[2/3] switch-containers ok (1.2 s): switched",
    ]
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_no_secret_reaches_the_file(tmp_path: Path) -> None:
    KeptReporter(Heard(), tmp_path, ("s3cret-word", "")).say("postgresql://ann:hush@db/x and s3cret-word\nsecond line")
    kept = [line.text for line in read_log(tmp_path, *ALWAYS)]
    assert kept == ["postgresql://ann:[hidden]@db/x and [hidden]", "    second line"]


def test_only_the_lines_of_the_asked_time_are_read(tmp_path: Path) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    lines = [f"{(at + timedelta(seconds=n)).isoformat()} line {n}" for n in range(5)]
    (tmp_path / FILE_NAME).write_text("\n".join([*lines[:3], "cut o", *lines[3:]]) + "\n")
    found = read_log(tmp_path, at + timedelta(seconds=1), at + timedelta(seconds=3))
    assert [line.text for line in found] == ["line 1", "line 2", "line 3"]


def test_a_large_log_is_put_aside_once_and_still_read(tmp_path: Path) -> None:
    stamp = datetime(2026, 1, 2, tzinfo=UTC).isoformat()
    (tmp_path / FILE_NAME).write_text(f"{stamp} old\n" + "x" * LARGEST_BYTES)
    KeptReporter(Heard(), tmp_path).say("new")
    assert (tmp_path / OLD_FILE_NAME).exists()
    assert [line.text for line in read_log(tmp_path, *ALWAYS)] == ["old", "new"]


def test_a_directory_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    heard = Heard()
    KeptReporter(heard, tmp_path / "file" / "below").say("one")
    assert heard.lines == ["one"]
    assert read_log(tmp_path / "file" / "below", *ALWAYS) == ()
