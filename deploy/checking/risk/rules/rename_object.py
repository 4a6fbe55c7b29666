"""RENAME of a type, function, sequence, role and the like (high).

Instant for PostgreSQL, fatal for running code that still uses the old name.

Who waits: no session; the old code fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import (
    Rename,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameSchema,
    RenameTable,
    RenameView,
)
from deploy.model.risk import RiskLevel

JUDGED_ELSEWHERE = (RenameIndex, RenameConstraint, RenameTable, RenameColumn, RenameSchema, RenameView)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Whatever has a name may be used by it."""
    renamed = statement.view
    if not isinstance(renamed, Rename) or isinstance(renamed, JUDGED_ELSEWHERE):
        return
    if renamed.table and circumstances.is_new(renamed.table):
        return
    old = renamed.old_name or "an object"
    yield Danger(
        RiskLevel.HIGH,
        f"renames the {renamed.word} {old} to {renamed.new_name} under running code",
        breaks_older_code=True,
        safe_form=tables.later(statement_sql(statement), f"the name {old}"),
    )


RULE = Rule("rename_object", check)
