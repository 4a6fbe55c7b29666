"""UPDATE, or INSERT ... ON CONFLICT DO UPDATE (converting data is very high).

What a row held before is gone, and a downgrade does not know it. One large statement holds its row locks until
COMMIT, writes each row a second time, and takes about ten times as long as rewriting the table by a schema change.

Who waits: sessions that write one of these rows, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import held_before, none_yet
from deploy.checking.risk.safe_forms.rows import update_in_batches
from deploy.checking.statements import Statement
from deploy.checking.statements.row_changes import Insert, Update
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What a row held before is gone."""
    upserts = [insert for insert in statement.changes_of(Insert) if insert.is_upsert]
    for change in (*statement.changes_of(Update), *upserts):
        table = change.table
        if circumstances.is_new(table) or (isinstance(change, Update) and not change.has_where):
            continue  # update_without_where says more
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"converts rows of {table}; a downgrade does not bring them back{none_yet(circumstances, table)}",
            table=table,
            loses=held_before(circumstances, table),
            safe_form=update_in_batches(statement, change, table),
        )


RULE = Rule("update_rows", check)
