"""RENAME CONSTRAINT (medium).

Instant. Code that names the constraint, in INSERT ... ON CONFLICT ON CONSTRAINT or to tell one error from another,
does not find it any more.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, choice, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Seldom named by code, but sometimes."""
    if statement.kind != "rename_stmt" or choice(statement.node, "rename_type") != "OBJECT_TABCONSTRAINT":
        return
    table = relation_name(statement.node.relation)
    if not circumstances.is_new(table):
        yield Danger(
            RiskLevel.MEDIUM,
            f"renames {statement.node.subname} to {statement.node.newname}: ON CONFLICT ON CONSTRAINT and error "
            "handling by name "
            f"break; {table} is locked for everybody meanwhile",
            table=table,
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("rename_constraint", check)
