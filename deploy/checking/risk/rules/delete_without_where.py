"""DELETE without a WHERE, or with one that is always true (very high).

Every row goes, one by one: slower than TRUNCATE, and as final. Often a condition was forgotten.

Who waits: every writer of the table, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import none_yet, rows_of
from deploy.checking.risk.safe_forms import rows
from deploy.checking.statements import Statement
from deploy.checking.statements.row_changes import Delete
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row goes."""
    for delete in statement.changes_of(Delete):
        table = delete.table
        if not circumstances.is_new(table) and not delete.has_where:
            yield Danger(
                RiskLevel.VERY_HIGH,
                f"deletes every row of {table}: there is no condition, or one that is always true"
                f"{none_yet(circumstances, table)}",
                breaks_older_code=True,
                table=table,
                loses="" if circumstances.is_empty(table) else rows_of(circumstances, table),
                safe_form=rows.delete_in_batches(table, "your_condition"),
            )


RULE = Rule("delete_without_where", check)
