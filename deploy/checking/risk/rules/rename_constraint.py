"""RENAME CONSTRAINT (medium).

Instant. Code that names the constraint, in INSERT ... ON CONFLICT ON CONSTRAINT or to tell one error from another,
no longer finds it.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import RenameConstraint
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Seldom named by code, but sometimes."""
    renamed = statement.view
    if not isinstance(renamed, RenameConstraint):
        return
    table = renamed.table
    if not circumstances.is_new(table):
        yield Danger(
            RiskLevel.MEDIUM,
            f"renames {renamed.old_name} to {renamed.new_name}: ON CONFLICT ON CONSTRAINT and error "
            "handling by name "
            f"break; {table} is locked for all other sessions during this",
            table=table,
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("rename_constraint", check)
