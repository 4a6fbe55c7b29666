"""May a deployment begin now, and when next? Pure: the time comes in, wall clocks are zoneinfo's.

A window is open while the wall clock of its zone shows a time in it. So a change to or from daylight saving time can
shorten or lengthen one, but never opens it at an hour that the setting does not name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import BlockedError
from deploy.settings.schema import Settings
from deploy.settings.window_schema import DAYS, DeployWindow, Freeze

SEARCH_DAYS = 400
FREE_MODES = {Mode.ROLLBACK, Mode.BACKUP_ONLY}


def gate_window(settings: Settings, now: datetime, request: DeployRequest) -> None:
    """A deployment begins inside of a window, or with a reason. Going back and backing up are always free.

    Raises:
        BlockedError: it is closed; with the next opening.
    """
    why = why_closed(settings.deploy_windows, settings.deploy_freeze, now)
    if not why or request.mode in FREE_MODES or request.window_reason:
        return
    opening = next_opening(settings.deploy_windows, settings.deploy_freeze, now)
    zone = _first_zone(settings.deploy_windows)
    when = f"it opens {shown(opening, zone)}" if opening else f"it does not open within {SEARCH_DAYS} days"
    now_ways = "; or now, which is recorded: the same command with --override-window --reason TEXT"
    may_wait = "; a contract has no --override-window: it must wait until then"
    ways = may_wait if request.mode is Mode.CONTRACT else now_ways
    raise BlockedError(why, hint=f"{when}{ways}", reference="outside-deploy-window")


def why_closed(windows: Sequence[DeployWindow], freezes: Sequence[Freeze], now: datetime) -> str:
    """Why no deployment may begin at this instant; empty where one may."""
    zone = _first_zone(windows)
    frozen = next((freeze for freeze in freezes if _is_frozen(freeze, now, zone)), None)
    if frozen is not None:
        return f"deployments are frozen: {frozen.text}"
    if not windows or any(is_open(window, now) for window in windows):
        return ""
    listed = "; ".join(window.text for window in windows)
    return f"it is {shown(now, zone)}, outside the deploy windows ({listed})"


def next_opening(
    windows: Sequence[DeployWindow], freezes: Sequence[Freeze], now: datetime
) -> datetime | None:
    """The first instant after now at which a deployment may begin; None where there is none for 400 days."""
    return min(
        (found for zone in _zones(windows, freezes) if (found := _next_in(zone, windows, freezes, now))), default=None
    )


def is_open(window: DeployWindow, now: datetime) -> bool:
    """Whether the zone's wall clock shows a time in the window."""
    local = now.astimezone(window.zone)
    clock = local.time()
    if window.start < window.end:
        return local.weekday() in window.weekdays and window.start <= clock < window.end
    began_today = local.weekday() in window.weekdays and clock >= window.start
    return began_today or ((local.weekday() - 1) % 7 in window.weekdays and clock < window.end)


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """`Mon 2026-11-23 20:00 KST`."""
    local = instant.astimezone(zone)
    return f"{DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M %Z}"


def _is_frozen(freeze: Freeze, now: datetime, zone: ZoneInfo) -> bool:
    return freeze.first <= now.astimezone(freeze.zone or zone).date() <= freeze.last


def _first_zone(windows: Sequence[DeployWindow]) -> ZoneInfo:
    return windows[0].zone if windows else ZoneInfo("UTC")


def _zones(windows: Sequence[DeployWindow], freezes: Sequence[Freeze]) -> list[ZoneInfo]:
    found = [_first_zone(windows), *(w.zone for w in windows), *(f.zone for f in freezes if f.zone)]
    return list(dict.fromkeys(found))


def _next_in(
    zone: ZoneInfo, windows: Sequence[DeployWindow], freezes: Sequence[Freeze], now: datetime
) -> datetime | None:
    """Only at a start, or at a midnight (a freeze ends there), can it open."""
    clocks = sorted({time(0, 0), *(window.start for window in windows if window.zone == zone)})
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=count) for count in range(SEARCH_DAYS)):
        instants = sorted(found for clock in clocks for found in _instants(datetime.combine(day, clock), zone))
        for instant in instants:
            if instant > now and not why_closed(windows, freezes, instant):
                return instant
    return None


def _instants(wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When the zone's clock shows this: once; twice where clocks go back; at the change where they jump over it."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        yield early
        if late != early:
            yield late
        return
    low, high = late, early  # in a gap, fold 1 is the earlier instant, before the change; fold 0 is after it
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
            low = middle
        else:
            high = middle
    yield high.replace(microsecond=0)
