"""Where lines go while a deployment runs: a terminal, plain lines, or standard error beside JSON.

A reporter never raises: a terminal that went away must not stop a deployment.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from deploy.cli.watch_words import finding_words, minute_line
from deploy.model.planned_step import PlannedStep
from deploy.model.redaction import without_passwords
from deploy.model.visible import visible, visible_lines
from deploy.model.watching import WatchReport

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from deploy.cli.watch_view import LiveWatch

WATCH_LINE_SECONDS = 60.0


class PlainReporter:
    """One line an event; for logs, CI and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._watch_told_at = 0.0
        self._watch_kinds: frozenset[str] = frozenset()

    def say(self, line: str) -> None:
        """A line about the present step."""
        self._write(line)

    def log(self, line: str) -> None:
        """A line of somebody else's log."""
        self._write(line, "  | ")

    def warn(self, line: str) -> None:
        """A line that must not be missed."""
        self._write(f"warning: {line}")

    def step_began(self, position: int, total: int, step: PlannedStep, *, is_undo: bool = False) -> None:
        """A step starts."""
        self._write(f"[{position + 1}/{total}] {'undo ' if is_undo else ''}{step.name}: {step.says}")

    def step_ended(
        self, position: int, total: int, step: PlannedStep, *, outcome: str, is_ok: bool, seconds: float,
        is_undo: bool = False,
    ) -> None:
        """A step ended."""
        word = ("undone" if is_undo else "ok") if is_ok else ("NOT UNDONE" if is_undo else "FAILED")
        self._write(f"[{position + 1}/{total}] {step.name} {word} ({seconds:.1f} s): {outcome}")

    def watched(self, report: WatchReport) -> None:
        """One line a minute; what is newly wrong at once."""
        kinds = frozenset(finding.kind for finding in report.findings)
        is_first = report.number == 1
        if is_first or report.elapsed_seconds - self._watch_told_at >= WATCH_LINE_SECONDS:
            self._watch_told_at = report.elapsed_seconds
            self._write(minute_line(report))
        known = frozenset() if is_first else self._watch_kinds
        for finding in report.findings:
            if finding.kind not in known:
                self.warn(f"watch: {finding_words(finding)}")
        self._watch_kinds = kinds

    def stop_moving(self) -> None:
        """Nothing moves here."""

    def _write(self, line: str, prefix: str = "") -> None:
        with self._lock:
            try:
                self._stream.writelines(f"{text}\n" for text in visible_lines(without_passwords(line), prefix))
                self._stream.flush()
            except (OSError, ValueError):  # the terminal is gone (EIO), the pipe is closed
                return


class TerminalReporter:
    """Rich: a spinner with elapsed time for the present step, one line for each that ended."""

    def __init__(self) -> None:
        from rich.console import Console  # heavy, and only for a terminal

        self._console: Console = Console(stderr=False, highlight=False)
        self._spinner: Progress | None = None
        self._watch: LiveWatch | None = None

    def say(self, line: str) -> None:
        """A line about the present step."""
        self._print(line)

    def log(self, line: str) -> None:
        """A line of somebody else's log."""
        self._print(line, "dim", "  │ ")

    def warn(self, line: str) -> None:
        """A line that must not be missed."""
        self._print(f"! {line}", "yellow")

    def step_began(self, position: int, total: int, step: PlannedStep, *, is_undo: bool = False) -> None:
        """Start the spinner."""
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        says = visible(without_passwords(step.says))
        text = f"{position + 1}/{total} {'undo ' if is_undo else ''}{step.name}  {says}"
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        with suppress(OSError):
            self._spinner = Progress(*columns, console=self._console, transient=True)
            self._spinner.add_task(text, total=None)
            self._spinner.start()

    def step_ended(
        self, position: int, total: int, step: PlannedStep, *, outcome: str, is_ok: bool, seconds: float,
        is_undo: bool = False,
    ) -> None:
        """Stop the spinner, leave a line."""
        self.stop_moving()
        mark, style = ("✓", "green") if is_ok else ("✗", "red")
        word = " undone" if is_undo and is_ok else ""
        self._print(f"{mark} {position + 1}/{total} {step.name}{word} ({seconds:.1f} s) {outcome}", style)

    def watched(self, report: WatchReport) -> None:
        """A live panel with sparklines, in the spinner's place."""
        from deploy.cli.watch_view import LiveWatch

        if self._watch is None:
            self.stop_moving()
            self._watch = LiveWatch(self._console)
        self._watch.show(report)

    def stop_moving(self) -> None:
        """Take spinner and live panel off the screen."""
        if self._spinner is not None:
            with suppress(OSError):
                self._spinner.stop()
            self._spinner = None
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def _print(self, line: str, style: str = "", prefix: str = "") -> None:
        with suppress(OSError):
            for text in visible_lines(without_passwords(line), prefix):
                self._console.print(text, style=style, markup=False)


def make_reporter(has_json: bool) -> PlainReporter | TerminalReporter:
    """The terminal's where there is one; plain lines elsewhere; on standard error where JSON owns the output."""
    if has_json:
        return PlainReporter(sys.stderr)
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        return TerminalReporter()
    return PlainReporter(sys.stdout)
