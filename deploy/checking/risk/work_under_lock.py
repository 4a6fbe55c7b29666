"""How dangerous work is that goes on while others wait: by its estimated time, not by its kind alone.

A floor of the seeds' table is never lowered by this; it only raises.
"""

from __future__ import annotations

from deploy.model.check import CheckedStatement
from deploy.model.risk import RiskLevel

SHORT_SECONDS = 0.2
VERY_LONG_SECONDS = 60.0


def level_of_work(statement: CheckedStatement, long_hold_seconds: float) -> RiskLevel:
    """LOW without a blocking lock; HIGH where the time is long, or grows with a size that is not known."""
    if not statement.is_block:
        return RiskLevel.LOW
    if not statement.is_long:
        return RiskLevel.MEDIUM if any(lock.mode.blocks_reads for lock in statement.effects.locks) else RiskLevel.LOW
    if statement.seconds is None or statement.seconds >= long_hold_seconds:
        is_huge = statement.seconds is not None and statement.seconds >= VERY_LONG_SECONDS
        return RiskLevel.VERY_HIGH if is_huge and statement.is_rewrite else RiskLevel.HIGH
    return RiskLevel.MEDIUM if statement.seconds >= SHORT_SECONDS else RiskLevel.LOW
