"""Time that only moves when somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class FakeClock:
    """doors.Clock. `on_sleep` sees every sleep, so that a test can change the world meanwhile."""

    def __init__(self, now: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) -> None:
        self._began = now
        self._elapsed_seconds = 0.0
        self.sleeps: list[float] = []
        self.on_sleep: Callable[[float], None] = lambda _seconds: None

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self._elapsed_seconds)

    def monotonic(self) -> float:
        return self._elapsed_seconds

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self._elapsed_seconds += max(seconds, 0.0)
        self.on_sleep(seconds)
