"""SET LOCAL before autocommit_block(), which commits (low).

A SET LOCAL ends with its transaction. autocommit_block() commits what stands before it and begins a new transaction
after it: a lock_timeout that was set so is gone for the rest of the revision, and its locks are waited for without
end.

Who waits: every session behind a lock that the migration waits for, without a limit.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told, first_table
from deploy.checking.risk.safe_forms import code
from deploy.checking.statements import read_statements
from deploy.checking.statements.objects import SetSetting
from deploy.model.risk import RiskLevel

TIMEOUTS = frozenset({"lock_timeout", "statement_timeout"})


def check(view: RevisionView) -> Iterator[Told]:
    """Told at the first statement that takes a lock without it."""
    was_set: dict[str, int] = {}
    for item in view.own:
        for statement in read_statements(item.sql):
            setting = statement.view
            if not isinstance(setting, SetSetting) or setting.name not in TIMEOUTS:
                continue
            if setting.is_local:
                was_set[setting.name] = item.transaction
            else:
                was_set.pop(setting.name, None)
        lost = sorted(name for name, transaction in was_set.items() if transaction != item.transaction)
        if lost and item.is_block:
            says = (
                f"{' and '.join(lost)} was SET LOCAL in a transaction that is committed by now: it counts no more here"
            )
            form = code.steps(
                ("again, behind the autocommit_block()", code.execute(f"SET LOCAL {lost[0]} = '3s'")),
            )
            yield Danger(RiskLevel.LOW, says, table=first_table(item.sql), safe_form=form), item
            return


RULE = RunRule("setting_lost_at_commit", check)
