"""CONCURRENTLY while a lock_timeout is set (medium).

CONCURRENTLY waits for every older transaction, and those waits are lock waits: a lock_timeout ends them, the
statement fails, and an invalid index is left behind that every write pays for and no query uses. Nobody waits for
CONCURRENTLY, so it needs no lock_timeout.

Who waits: no session; the migration fails, and an invalid index stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told, first_table
from deploy.checking.risk.safe_forms import code
from deploy.checking.risk.shapes import shape_of
from deploy.checking.statements import read_statements
from deploy.checking.statements.objects import SetSetting
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """Where the session's lock_timeout is known and is not switched off before it."""
    has_timeout = view.facts.lock_timeout not in {"", "0"}
    is_local_of, before = 0, has_timeout
    for item in view.own:
        if is_local_of and item.transaction != is_local_of:  # SET LOCAL ends with its transaction
            has_timeout, is_local_of = before, 0
        for statement in read_statements(item.sql):
            setting = statement.view
            if isinstance(setting, SetSetting) and setting.name == "lock_timeout":
                before = has_timeout if setting.is_local else before
                is_local_of = item.transaction if setting.is_local else 0
                has_timeout = setting.value not in {"", "0", "0s", "0ms"}
        if has_timeout and shape_of(item.sql).held_tables:
            says = "waits for every older transaction; a lock_timeout meanwhile ends it and leaves an invalid index"
            form = code.concurrently(code.execute(" ".join(item.sql.split())))
            yield Danger(RiskLevel.MEDIUM, says, table=first_table(item.sql), safe_form=form), item


RULE = RunRule("concurrently_with_lock_timeout", check)
