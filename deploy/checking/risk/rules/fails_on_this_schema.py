"""PostgreSQL will refuse the statement on this schema (very high).

Its text contradicts the schema: what it names is not there, is there already, or is used by something else. It was
not run, but on production the deployment would stop here.

Who waits: no session; the migration fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import named_tables
from deploy.checking.risk.safe_forms import hidden
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel

# Told by cannot_run_in_transaction.
IN_TRANSACTION = "inside a transaction block"


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """PostgreSQL's own words. What was run tells for itself whether the migration got over it (migration_fails)."""
    if circumstances.is_measured or not circumstances.effects:
        return
    if circumstances.effects.error and IN_TRANSACTION not in circumstances.effects.error:
        table = next(iter(sorted(named_tables(statement) - {""})), "")
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"PostgreSQL refuses it on this schema: {circumstances.effects.error.strip().rstrip('.')}",
            table=table,
            breaks_older_code=False,
            safe_form=hidden.look_first(table),
        )


RULE = Rule("fails_on_this_schema", check)
