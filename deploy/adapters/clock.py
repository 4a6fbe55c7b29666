"""The machine's time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """UTC, and a clock that never goes back."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
