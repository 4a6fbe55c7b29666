"""A lock of an earlier statement is held while a later one works (high; medium where the work is short).

PostgreSQL frees locks at COMMIT, not at the end of a statement. What took an instant at the beginning of the
transaction keeps others out for as long as everything after it takes.

Who waits: the sessions that the earlier lock keeps out, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.check import CheckedStatement
from deploy.model.locks import LockMode
from deploy.model.risk import RiskLevel

ADVICE = """\
# Two revisions, two transactions: first the quick change, then the work.
# In env.py: context.configure(..., transaction_per_migration=True)"""


def check(view: RevisionView) -> Iterator[Told]:
    """Told once for each statement that works while others wait for another table's lock."""
    for transaction in view.transactions():
        held: dict[str, LockMode] = {}
        for item in transaction:
            waiting = {table: mode for table, mode in held.items() if table not in item.effects.blocking_tables}
            if item.works and waiting:
                yield _danger(item, waiting, view.facts.long_hold_seconds), item
            for lock in item.effects.locks:
                if lock.is_on_table and lock.mode.blocks_writes:
                    held[lock.relation] = max(lock.mode, held.get(lock.relation, lock.mode))


def _danger(item: CheckedStatement, waiting: dict[str, LockMode], long_seconds: float) -> Danger:
    table, mode = max(waiting.items(), key=lambda pair: pair[1])
    is_long = item.seconds is None or item.seconds >= long_seconds
    others = f" (and {len(waiting) - 1} more)" if len(waiting) > 1 else ""
    says = (
        f"while this works, {mode.label} on {table}{others} from an earlier statement is still held: {mode.who_waits}"
    )
    return Danger(RiskLevel.HIGH if is_long else RiskLevel.MEDIUM, says, table=table, safe_form=ADVICE)


RULE = RunRule("lock_held_during_work", check)
