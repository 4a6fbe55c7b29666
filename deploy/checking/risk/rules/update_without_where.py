"""UPDATE without a WHERE, or with one that is always true (very high).

Every row is written a second time in one transaction: the table and its indexes grow to twice their size, and every
writer waits for COMMIT. Often a condition was forgotten.

Who waits: every writer of the table, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import held_before, none_yet
from deploy.checking.risk.safe_forms.rows import update_in_batches
from deploy.checking.statements import Statement
from deploy.checking.statements.row_changes import Update
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row changes in one transaction."""
    for update in statement.changes_of(Update):
        table = update.table
        if not circumstances.is_new(table) and not update.has_where:
            yield Danger(
                RiskLevel.VERY_HIGH,
                f"writes every row of {table} a second time, in one transaction: no condition, or one that is always "
                f"true{none_yet(circumstances, table)}",
                table=table,
                loses=held_before(circumstances, table),
                safe_form=update_in_batches(statement, update, table, is_of_all=True),
            )


RULE = Rule("update_without_where", check)
