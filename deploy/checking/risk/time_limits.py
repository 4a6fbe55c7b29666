"""Settings that cut a session off: whose they are, and what a revision's own SET makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from deploy.checking.statements import Statement
from deploy.checking.statements.objects import SetSetting
from deploy.model.snapshot import TimeLimit

OWN_SESSION = "the migration's own session"
UNITS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_VALUE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$")


def milliseconds_of(value: str) -> int | None:
    """Of `5s`, `300ms`, `1min` or a plain number of milliseconds; None where it cannot be read."""
    found = _VALUE.match(value)
    return int(float(found[1]) * UNITS[found[2] or "ms"]) if found else None


def limits_of_session(
    production: Iterable[TimeLimit], shown: Mapping[str, str], environment_text: str
) -> tuple[TimeLimit, ...]:
    """What holds for the migration: its own setting where it has one, else production's.

    Args:
        shown: what its session showed on the scratch server, by name; "0" or "" where nothing is set.
        environment_text: its env.py: what is named there is set there, to nothing perhaps.
    """
    own = {name: value for name, value in shown.items() if value not in {"", "0"} or name in environment_text}
    found = [
        TimeLimit(name, milliseconds, OWN_SESSION) for name, value in own.items()
        if (milliseconds := milliseconds_of(value or "0"))
    ]
    return tuple(found) + tuple(limit for limit in production if limit.name not in own)


@dataclass(frozen=True)
class Limits:
    """The limits at one moment of a revision.

    Attributes:
        start: those of the session; RESET goes back to them.
        by_name: those that hold.
        local_to: the transaction in which SET LOCAL changed them; `outside` holds again after it.
    """

    start: Mapping[str, TimeLimit] = field(default_factory=dict)
    by_name: Mapping[str, TimeLimit] = field(default_factory=dict)
    outside: Mapping[str, TimeLimit] = field(default_factory=dict)
    local_to: int = 0

    @classmethod
    def at_start(cls, limits: Iterable[TimeLimit]) -> Limits:
        """Of a new session."""
        by_name = {limit.name: limit for limit in limits}
        return cls(by_name, by_name, by_name)

    def in_transaction(self, number: int) -> Limits:
        """SET LOCAL ends with its transaction."""
        return Limits(self.start, self.outside, self.outside) if self.local_to and number != self.local_to else self

    def after(self, statement: Statement, transaction: int) -> Limits:
        """Once this statement ran: SET, SET LOCAL, or set_config()."""
        setting = statement.view
        if isinstance(setting, SetSetting) and setting.is_reset:
            again = {key: limit for key, limit in self.by_name.items() if key != setting.name}
            again |= {key: limit for key, limit in self.start.items() if key == setting.name}
            return Limits(self.start, again, again)
        change = _change(statement)
        if change is None:
            return self
        name, value, is_local = change
        if is_local and not transaction:
            return self  # it ends with the statement itself
        kept = {key: limit for key, limit in self.by_name.items() if key != name}
        if value:
            kept[name] = TimeLimit(name, value, OWN_SESSION)
        if is_local:
            return replace(self, by_name=kept, local_to=transaction)
        return Limits(self.start, kept, kept)


def _change(statement: Statement) -> tuple[str, int, bool] | None:
    """Name, milliseconds, and whether for its transaction alone."""
    setting = statement.view
    if isinstance(setting, SetSetting) and setting.is_set:
        found = milliseconds_of(setting.value)
        return None if found is None else (setting.name, found, setting.is_local)
    for call in statement.calls if statement.kind == "select_stmt" else ():
        if call.name == "set_config" and len(call.arguments) == 3:  # noqa: PLR2004 - its arguments
            name, value, is_local = (argument.constant for argument in call.arguments)
            found = milliseconds_of(value if isinstance(value, str) else "")
            return None if found is None or not isinstance(name, str) else (name.lower(), found, is_local is True)
    return None
