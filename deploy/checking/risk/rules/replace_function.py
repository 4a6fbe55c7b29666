"""CREATE OR REPLACE FUNCTION, ALTER FUNCTION (medium).

No table is locked. Whatever calls the function does something else from COMMIT on: running code, triggers, defaults.
Indexes and generated columns that were computed with the old one are not computed again.

Who waits: no session.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects, tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.objects import AlterFunction, CreateFunction
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Callers are not known, and neither is what it does."""
    changed = statement.view
    if isinstance(changed, AlterFunction):
        form = tables.alone(statement_sql(statement))
    elif isinstance(changed, CreateFunction) and changed.is_replace:
        form = objects.function_beside(statement, changed)
    else:
        return
    name = ".".join(changed.names).removeprefix("public.")
    if not circumstances.is_new(name):
        yield Danger(
            RiskLevel.MEDIUM,
            f"whatever calls {name} does something else from now on, running code too",
            breaks_older_code=True,
            safe_form=form,
        )


RULE = Rule("replace_function", check)
