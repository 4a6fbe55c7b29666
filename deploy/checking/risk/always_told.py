"""What was measured is told, also where no rule knows the words of the statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.work_under_lock import level_of_work
from deploy.model.check import CheckedStatement
from deploy.model.risk import RiskLevel

REWRITE, LOCK = "hidden_rewrite", "hidden_blocking_lock"


def told_anyway(
    checked: CheckedStatement, told: Sequence[Danger], long_hold_seconds: float
) -> Iterator[tuple[str, Danger]]:
    """A rewrite, or a lock that is held for long, of which none of the rules said anything above low."""
    level = level_of_work(checked, long_hold_seconds)
    is_told = any(danger.level > RiskLevel.LOW for danger in told)
    if checked.measured is None or is_told or level <= RiskLevel.LOW or not checked.is_long:
        return
    effects = checked.effects
    for table in dict.fromkeys((*effects.rewrites, *effects.new_files)):
        yield REWRITE, Danger(level, f"gives {table} a new file, which is written while its lock is held", table=table)
        return
    table = effects.blocking_tables[0]
    mode = effects.lock_on(table)
    words = f"{mode.label} on {table}" if mode is not None else f"a lock on {table}"
    yield LOCK, Danger(level, f"works for a time that grows with the data while it holds {words}", table=table)
