"""All pending revisions run in one transaction (medium).

That is Alembic's default: the first revision's locks are held until the last one's COMMIT. transaction_per_migration
gives each a transaction of its own.

Who waits: the sessions that the first revision's locks keep out, until the last one is done.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.check import CheckedStatement
from deploy.model.risk import RiskLevel

SAFE_FORM = "context.configure(..., transaction_per_migration=True)  # in env.py"


def check(view: RevisionView) -> Iterator[Told]:
    """Told by the revision that works in a transaction in which an earlier one left its locks."""
    if view.facts.baseline.value != "run":
        return  # each is judged as if it were deployed alone
    own = {item.transaction for item in view.own if item.transaction}
    earlier: dict[int, CheckedStatement] = {}
    for at in range(view.first - 1, -1, -1):  # backwards: a transaction's statements follow each other
        if view.so_far[at].transaction not in own:
            break
        if view.so_far[at].is_block:
            earlier.setdefault(view.so_far[at].transaction, view.so_far[at])
    for item in view.own:
        if item.transaction in earlier and (item.is_block or item.effects.has_work or item.rows_touched):
            first = earlier[item.transaction]
            table = first.effects.blocking_tables[0]
            says = (
                f"runs in the same transaction as revision {first.revision_id}, whose lock on {table} is held meanwhile"
            )
            yield Danger(RiskLevel.MEDIUM, says, table=table, safe_form=SAFE_FORM), item
            return


RULE = RunRule("revisions_share_a_transaction", check)
