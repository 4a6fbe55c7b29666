"""CREATE, ALTER or DROP POLICY (medium).

Where row level security is on, other rows are shown and may be written from COMMIT on. Dropping the last policy hides
all of them.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.objects import AlterPolicy, CreatePolicy
from deploy.checking.statements.views import DropObjects
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Other rows for the running code, where row level security is on."""
    changed = statement.view
    if isinstance(changed, DropObjects) and changed.kind == "OBJECT_POLICY":
        word, (table, _, name) = "drops", next(iter(changed.names), "").rpartition(".")
    elif isinstance(changed, CreatePolicy | AlterPolicy):
        word, table, name = "adds" if isinstance(changed, CreatePolicy) else "changes", changed.table, changed.name
    else:
        return
    if not circumstances.is_new(table):
        yield Danger(
            RiskLevel.MEDIUM,
            f"{word} the policy {name}: where row level security is on, code sees other rows of {table}",
            breaks_older_code=True,
            table=table,
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("change_policy", check)
