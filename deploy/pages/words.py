"""Numbers and times as a reader wants them."""

from __future__ import annotations

from datetime import UTC, datetime

KIB = 1024
MINUTE = 60
HOUR = 3600


def say_seconds(seconds: float | None) -> str:
    """`a moment`, `0.3 s`, `4 min 05 s`, `2 h 10 min`; empty where it is not known."""
    if seconds is None:
        return ""
    if seconds < 0.05:  # noqa: PLR2004 - rounds to nothing
        return "a moment"
    if seconds < 10:  # noqa: PLR2004 - below, tenths matter
        return f"{seconds:.1f} s"
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02d} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} min"


def say_bytes(size: int | None) -> str:
    """`1.5 MiB`; empty where it is not known."""
    if size is None:
        return ""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < KIB:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= KIB
    return f"{value:.1f} TiB"


def say_time(at: datetime | str | None) -> str:
    """`2026-11-21 09:06:28 UTC`; empty where there is none."""
    if not at:
        return ""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def say_count(number: int | None) -> str:
    """`1,234,567`; empty where it is not known."""
    return "" if number is None else f"{number:,}"
