"""Several tables under ACCESS EXCLUSIVE in one transaction (medium; high where they are busy).

A plain query that reads two of them in another order than the migration locks them waits for it, while it waits for
the query: PostgreSQL ends one of the two with a deadlock.

Who waits: every reader and writer of all of these tables, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.check import CheckedStatement
from deploy.model.locks import LockMode
from deploy.model.risk import RiskLevel

# Scans and changed rows since the last statistics reset: a table that somebody is likely to use right now.
BUSY = 10_000


def check(view: RevisionView) -> Iterator[Told]:
    """Medium; high where production's statistics show that at least two of them are busy."""
    for transaction in view.transactions():
        last: dict[str, CheckedStatement] = {}
        for item in transaction:
            for lock in item.effects.locks:
                if lock.is_on_table and lock.mode is LockMode.ACCESS_EXCLUSIVE:
                    last.setdefault(lock.relation, item)
        if len(last) > 1:
            sizes = [size for name in last if (size := view.present.size(name)) is not None]
            busy = [size.name for size in sizes if size.reads + size.writes >= BUSY]
            level = RiskLevel.HIGH if len(busy) > 1 else RiskLevel.MEDIUM
            names = ", ".join(sorted(last))
            says = (
                f"one transaction locks {len(last)} tables against every query ({names}): readers may deadlock with it"
            )
            form = (
                "# one revision for each table, and in env.py: context.configure(..., transaction_per_migration=True)"
            )
            yield Danger(level, says, table=min(last), safe_form=form), list(last.values())[-1]


RULE = RunRule("several_tables_locked", check)
