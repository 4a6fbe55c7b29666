"""When a deployment may begin: DEPLOY_WINDOWS and DEPLOY_FREEZE, as they are written.

`DEPLOY_WINDOWS="Mon-Thu 20:00-23:00 Asia/Seoul; Sat 09:00-11:00 Asia/Seoul"`; days `Mon`, `Mon-Thu`, `Mon,Wed` or
`daily`. A window whose end is not after its start goes on past midnight. `DEPLOY_FREEZE="2026-12-20..2027-01-03"`:
whole days, both included, in the first window's time zone (UTC where there is none, or the one that is written).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, BaseModel, Field, field_validator
from pydantic_settings import NoDecode

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WINDOW_FORM = "Mon-Thu 20:00-23:00 Asia/Seoul; several with ;"
FREEZE_FORM = "2026-12-20..2027-01-03; several with ;"
MIDNIGHT = "24:00"
_WINDOW = re.compile(r"(?P<days>\S+)\s+(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?:\s+(?P<zone>\S+))?")
_FREEZE = re.compile(r"(?P<first>\d{4}-\d\d-\d\d)(?:\.\.(?P<last>\d{4}-\d\d-\d\d))?(?:\s+(?P<zone>\S+))?")


@dataclass(frozen=True)
class DeployWindow:
    """One window of the week.

    Attributes:
        text: as it was written.
        weekdays: of its start; Monday is 0.
        start / end: wall-clock times; an end that is not after the start is on the next day.
    """

    text: str
    weekdays: frozenset[int]
    start: time
    end: time
    zone: ZoneInfo


@dataclass(frozen=True)
class Freeze:
    """Whole days, both included; `zone` is None for the first window's."""

    text: str
    first: date
    last: date
    zone: ZoneInfo | None


def parse_windows(text: str) -> tuple[DeployWindow, ...]:
    """All windows of one setting.

    Raises:
        ValueError: naming the part that cannot be read, and the form.
    """
    return tuple(_window(part.strip()) for part in text.split(";") if part.strip())


def parse_freezes(text: str) -> tuple[Freeze, ...]:
    """All freezes of one setting.

    Raises:
        ValueError: naming the part that cannot be read, and the form.
    """
    return tuple(_freeze(part.strip()) for part in text.split(";") if part.strip())


def _window(text: str) -> DeployWindow:
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a window (such as {WINDOW_FORM})")
    start, end = _time(found["start"], text), _time(found["end"], text)
    return DeployWindow(text, _weekdays(found["days"], text), start, end, _zone(found["zone"] or "UTC"))


def _freeze(text: str) -> Freeze:
    found = _FREEZE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a freeze (such as {FREEZE_FORM})")
    try:
        first = date.fromisoformat(found["first"])
        last = date.fromisoformat(found["last"] or found["first"])
    except ValueError:
        raise ValueError(f"{text!r} names a day that does not exist") from None
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return Freeze(text, first, last, _zone(found["zone"]) if found["zone"] else None)


def _time(text: str, window: str) -> time:
    if text == MIDNIGHT:
        return time(0, 0)  # as an end it is not after any start: the next day's midnight
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{window!r} has a time that does not exist: {text}") from None


def _weekdays(text: str, window: str) -> frozenset[int]:
    if text.lower() == "daily":
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        ends = [name[:3].title() for name in part.split("-")]
        if not all(name in DAYS for name in ends) or len(ends) > 2:  # noqa: PLR2004 - a range has two ends
            raise ValueError(f"{window!r} has no days (Mon, Mon-Thu, Mon,Wed or daily)")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found |= {day % 7 for day in range(first, (last if last >= first else last + 7) + 1)}
    return frozenset(found)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r} (such as Asia/Seoul, Europe/Berlin or UTC)") from None


class WindowSettings(BaseModel):
    """The two settings; both empty: a deployment may begin at any time."""

    deploy_windows: Annotated[tuple[DeployWindow, ...], NoDecode] = Field(
        (), validation_alias=AliasChoices("DEPLOY_WINDOWS")
    )
    deploy_freeze: Annotated[tuple[Freeze, ...], NoDecode] = Field((), validation_alias=AliasChoices("DEPLOY_FREEZE"))

    model_config = {"arbitrary_types_allowed": True}

    @field_validator("deploy_windows", mode="before")
    @classmethod
    def _read_windows(cls, value: Any) -> Any:
        return parse_windows(value) if isinstance(value, str) else value

    @field_validator("deploy_freeze", mode="before")
    @classmethod
    def _read_freezes(cls, value: Any) -> Any:
        return parse_freezes(value) if isinstance(value, str) else value
