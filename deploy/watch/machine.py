"""Whether the machine, and not the release, is why something came late: would the release before fare better? Pure.

Two questions. Does the release use more for a response than what was usual: of the cores, of the database? Then it is
to blame, however busy the machine is: these numbers do not grow when others take the cores. Otherwise: is the
machine short of something that others use?
"""

from __future__ import annotations

from deploy.model.machine import MachineRates
from deploy.model.watching import Before, Rates

# Shares of 1. So much of all cores in use is all of them.
ALL_CORES = 0.85
OTHERS = 0.25
# So much of the time somebody waited for a core, the disk, memory.
WAITING_FOR_CORE, WAITING_FOR_DISK, WAITING_FOR_MEMORY = 0.25, 0.30, 0.10
STOLEN = 0.10
# Two threads of one core slow each other down, which counts as use: less than twice as much says nothing.
MORE_CORE_FACTOR, MORE_CORE_MS = 2.0, 5.0
MORE_SCANS_FACTOR, MORE_SCANS = 1.5, 0.5
SCANS_FACTOR, SCANS_FLOOR_PER_SECOND = 10, 1.0
MORE_MEMORY_FACTOR = 1.5
MORE_REQUESTS_FACTOR = 1.5
# With fewer responses in a sample, what the health checks cost is a large part of what one seems to cost.
ENOUGH_RESPONSES = 25


def excuse(rates: Rates, before: Before, memory_bytes: int) -> str:
    """Why the release before would fare no better; empty where the machine is not to blame, or nobody knows.

    Args:
        memory_bytes: of the application's containers together, now.
    """
    machine = rates.machine
    if machine is None or uses_more(rates, before):
        return ""
    return _cores(machine, rates, before) or _memory(machine, before, memory_bytes) or _disk(machine)


def uses_more(rates: Rates, before: Before) -> str:
    """What the release itself uses more of than what was usual; empty: nothing, or nobody knows."""
    for name, per_second, usual_per_second in sudden_scans(rates, before):
        return f"{name} is read from end to end {per_second:.1f} times a second (before {usual_per_second:.1f})"
    if before.core_ms_per_response is None or rates.responses < ENOUGH_RESPONSES:
        return _uses_more_altogether(rates.machine, before.machine)
    own = _costs_more(rates.core_ms_per_response, before.core_ms_per_response)
    if own:
        return f"a response costs the application {own}"
    database = _costs_more(rates.database_ms_per_response, before.database_ms_per_response)
    if database:
        return f"a response costs the database {database}"
    scans, usual_scans = rates.scans_per_response, before.scans_per_response
    if scans is None or usual_scans is None or scans <= max(MORE_SCANS_FACTOR * usual_scans, usual_scans + MORE_SCANS):
        return ""
    return f"a response reads tables {scans:.1f} times (before {usual_scans:.1f})"


def sudden_scans(rates: Rates, before: Before) -> list[tuple[str, float, float]]:
    """Large tables that are read from end to end and were not: name, times a second now and before."""
    found = []
    for name, per_second in rates.scans_per_second.items():
        usual = before.scans_per_second.get(name, 0.0)
        if per_second > max(SCANS_FLOOR_PER_SECOND, SCANS_FACTOR * usual):
            found.append((name, per_second, usual))
    return found


def _costs_more(now_ms: float | None, usual_ms: float | None) -> str:
    if now_ms is None or usual_ms is None or now_ms <= max(MORE_CORE_FACTOR * usual_ms, usual_ms + MORE_CORE_MS):
        return ""
    return f"{now_ms:.0f} ms of a core (before {usual_ms:.0f} ms)"


def _uses_more_altogether(machine: MachineRates | None, before: MachineRates | None) -> str:
    """Where what one response costs is not known: the application's share of all cores."""
    if machine is None:
        return ""
    usual = before.own if before else 0.0
    if machine.own <= max(MORE_CORE_FACTOR * usual, usual + OTHERS / 2) or machine.own < machine.others:
        return ""
    return f"the application takes {_percent(machine.own)} of all cores (before {_percent(usual)})"


def _cores(machine: MachineRates, rates: Rates, before: Before) -> str:
    waiting = machine.stalled.get("cpu")
    is_waited_for = waiting is None or waiting >= WAITING_FOR_CORE or machine.stolen >= STOLEN
    if machine.busy < ALL_CORES or not is_waited_for:
        return ""
    if machine.others >= OTHERS:
        what = f"every core is busy, {_percent(machine.others)} of them with work of other programs"
    elif before.per_second and rates.per_second > MORE_REQUESTS_FACTOR * before.per_second:
        what = f"every core is busy with {rates.per_second:.0f} requests a second (before {before.per_second:.0f})"
    else:
        return ""
    own = machine.own_waiting
    return what if own is None else f"{what}; it waited {_percent(own)} of the time for one"


def _memory(machine: MachineRates, before: Before, memory_bytes: int) -> str:
    waiting = machine.stalled.get("memory", 0.0)
    if waiting < WAITING_FOR_MEMORY or waiting <= _usual(before, "memory"):
        return ""
    if not before.memory_bytes or memory_bytes > MORE_MEMORY_FACTOR * before.memory_bytes:
        return ""  # it may be the one that takes it
    return f"the machine is short of memory: {_percent(waiting)} of the time something waited for it"


def _disk(machine: MachineRates) -> str:
    waiting = machine.stalled.get("io", 0.0)
    if waiting < WAITING_FOR_DISK:
        return ""
    return f"the disk is busy: {_percent(waiting)} of the time something waited for it"


def _usual(before: Before, resource: str) -> float:
    return before.machine.stalled.get(resource, 0.0) if before.machine else 0.0


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
