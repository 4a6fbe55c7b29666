"""ALTER INDEX RENAME (low).

Instant, under SHARE UPDATE EXCLUSIVE from PostgreSQL 12 on. Renaming the index of a constraint renames the constraint
too, and code that names it, in ON CONFLICT ON CONSTRAINT or in a planner hint, no longer finds it.

Who waits: only other schema changes and VACUUM.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import RenameIndex
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Seldom named by code, but sometimes."""
    renamed = statement.view
    if isinstance(renamed, RenameIndex):
        yield Danger(
            RiskLevel.LOW,
            f"renames the index {renamed.table} to {renamed.new_name}: code that names it, in ON CONFLICT or in a "
            "hint, breaks",
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("rename_index", check)
