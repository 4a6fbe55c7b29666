"""MERGE (converting data is very high).

Updates, deletes and inserts in one statement, by a comparison with other rows. What a row held before is gone, and a
downgrade does not know it.

Who waits: sessions that write one of these rows, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import rows
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.row_changes import Merge
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What a row held before is gone."""
    for merge in statement.changes_of(Merge):
        table = merge.table
        if circumstances.is_new(table):
            continue
        words = [word for action, word in WORDS.items() if action in merge.actions] or ["changes"]
        if merge.actions and merge.actions <= {"INSERT", "NOTHING"}:
            says = f"inserts rows into {table} that a query computes; a downgrade does not undo this"
        else:
            says = f"{' and '.join(words)} rows of {table}; a downgrade does not bring them back"
        yield Danger(
            RiskLevel.VERY_HIGH,
            says,
            table=table,
            loses="" if says.startswith("inserts") else f"what {rows_of(circumstances, table)} held before",
            safe_form=rows.in_slices(table, statement_sql(statement)),
        )


WORDS = {"UPDATE": "updates", "DELETE": "deletes", "INSERT": "inserts"}


RULE = Rule("merge_rows", check)
