"""Statements that do nothing for a time: a sleep, or a wait for another session."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.checking.risk.schema_around import SchemaAround
from deploy.checking.risk.within import look_within
from deploy.checking.statements import Statement
from deploy.checking.statements.statement import Call

SLEEPS = frozenset({"pg_sleep", "pg_sleep_for", "pg_sleep_until"})
# Whoever holds that lock decides how long.
WAITS = frozenset({
    "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared",
})
WAITING = SLEEPS | WAITS


@dataclass(frozen=True)
class Wait:
    """How long.

    Attributes:
        seconds: None where that is not known.
    """

    is_any: bool
    seconds: float | None = 0.0


def wait_of(statement: Statement, schema: SchemaAround | None) -> Wait:
    """What this statement waits for by its own words, those of its block and of the functions that it calls."""
    found = look_within(statement, schema)
    names = found.names(WAITING)
    if not names:
        return Wait(is_any=False)
    calls = [call for call in found.calls if call.name in WAITING]
    times = [_seconds(call) for call in calls]
    known = [seconds for seconds in times if seconds is not None]
    is_whole = len(known) == len(times) and {call.name for call in calls} == set(names) and not found.words & WAITING
    return Wait(is_any=True, seconds=sum(known) if is_whole else None)


def _seconds(call: Call) -> float | None:
    """Of pg_sleep with a number; an advisory lock that nobody holds takes no time, and who knows that."""
    if call.name != "pg_sleep" or len(call.arguments) != 1:
        return None
    try:
        return float(call.arguments[0].sql)
    except ValueError:
        return None
