"""A lock that keeps writers out, though the statement does not show it (medium; high where rows are read as well).

The run on the scratch server saw the lock: by a DO block, a function, or an extension's script. It is held until
COMMIT.

Who waits: the sessions that the lock keeps out, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import says_nothing
from deploy.checking.risk.safe_forms import hidden
from deploy.checking.statements import Statement, quoted_table
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Seen in the effects only."""
    if not circumstances.effects or not says_nothing(statement):
        return
    told = {drop.identity.removeprefix("public.") for drop in circumstances.effects.drops if drop.kind == "table"}
    told |= set(circumstances.effects.rewrites)  # hidden_drop and hidden_rewrite say more
    for lock in circumstances.effects.locks:
        if lock.is_on_table and lock.mode.blocks_writes and lock.relation not in told:
            works = lock.relation in {
                *circumstances.effects.scans,
                *(b.table for b in circumstances.effects.index_builds),
            }
            yield Danger(
                RiskLevel.HIGH if works else RiskLevel.MEDIUM,
                f"takes {lock.mode.label} on {lock.relation} until COMMIT, which the text does not show: "
                f"{lock.mode.who_waits}",
                table=lock.relation,
                safe_form=hidden.written_out([f"LOCK TABLE {quoted_table(lock.relation)} IN {lock.mode.label} MODE"]),
            )


RULE = Rule("hidden_blocking_lock", check)
