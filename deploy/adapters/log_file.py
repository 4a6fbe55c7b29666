"""What the operator saw, kept beside the ledger: one line of the file a line, with its time."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from deploy.adapters.state_directory import make_state_directory
from deploy.model.deployment_record import LogLine
from deploy.model.doors import Reporter
from deploy.model.planned_step import PlannedStep
from deploy.model.redaction import without_passwords
from deploy.model.visible import visible_lines
from deploy.model.watching import WatchReport

FILE_NAME = "deploy.log"
OLD_FILE_NAME = "deploy.log.1"
LARGEST_BYTES = 5 * 1024**2
PRIVATE = 0o600


class KeptReporter:
    """Another reporter, whose lines also go to the log file. It never raises: a full disk must not stop a deployment.

    Args:
        directory: the state directory.
        secrets: values that no line may hold.
    """

    def __init__(self, reporter: Reporter, directory: Path, secrets: tuple[str, ...] = ()) -> None:
        self._reporter = reporter
        self._path = directory / FILE_NAME
        self._secrets = tuple(secret for secret in secrets if secret)
        self._lock = threading.Lock()
        with suppress(OSError):
            make_state_directory(directory)
            if self._path.exists() and self._path.stat().st_size > LARGEST_BYTES:
                self._path.replace(directory / OLD_FILE_NAME)

    def say(self, line: str) -> None:
        """A line about the present step."""
        self._reporter.say(line)
        self._keep(line)

    def log(self, line: str) -> None:
        """A line of somebody else's log."""
        self._reporter.log(line)
        self._keep(line, "| ")

    def warn(self, line: str) -> None:
        """A line that must not be missed."""
        self._reporter.warn(line)
        self._keep(f"warning: {line}")

    def step_began(self, position: int, total: int, step: PlannedStep, *, is_undo: bool = False) -> None:
        """A step starts."""
        self._reporter.step_began(position, total, step, is_undo=is_undo)
        self._keep(f"[{position + 1}/{total}] {'undo ' if is_undo else ''}{step.name}: {step.says}")

    def step_ended(
        self, position: int, total: int, step: PlannedStep, *, outcome: str, is_ok: bool, seconds: float,
        is_undo: bool = False,
    ) -> None:
        """A step ended."""
        self._reporter.step_ended(
            position, total, step, outcome=outcome, is_ok=is_ok, seconds=seconds, is_undo=is_undo
        )
        word = ("undone" if is_undo else "ok") if is_ok else ("NOT UNDONE" if is_undo else "FAILED")
        self._keep(f"[{position + 1}/{total}] {step.name} {word} ({seconds:.1f} s): {outcome}")

    def watched(self, report: WatchReport) -> None:
        """What is wrong goes to the log file; the numbers of each sample are for the screen."""
        self._reporter.watched(report)
        for finding in report.findings:
            self._keep(f"watch: {finding.kind}: {finding.says}")

    def _keep(self, text: str, prefix: str = "") -> None:
        clean = without_passwords(text)
        for secret in self._secrets:
            clean = clean.replace(secret, "[hidden]")
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        lines = "".join(f"{stamp} {line}\n" for line in visible_lines(clean, prefix))
        with self._lock, suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
            try:
                os.write(descriptor, lines.encode("utf-8", "replace"))
            finally:
                os.close(descriptor)


def read_log(directory: Path, since: datetime, until: datetime) -> tuple[LogLine, ...]:
    """The lines of a stretch of time, both ends included; none where the file is gone."""
    found: list[LogLine] = []
    for name in (OLD_FILE_NAME, FILE_NAME):
        with suppress(OSError):
            text = (directory / name).read_text(encoding="utf-8", errors="replace")
            found += [line for line in map(_parse, text.splitlines()) if line and since <= line.at <= until]
    return tuple(found)


def _parse(line: str) -> LogLine | None:
    stamp, _, text = line.partition(" ")
    try:
        return LogLine(datetime.fromisoformat(stamp), text)
    except ValueError:  # cut off by a full disk
        return None
