"""INSERT INTO ... SELECT (converting data is very high).

Rows that a query computes are added to those of users; a downgrade does not know which. All of them come in one
transaction, with every index and foreign key that they meet.

Who waits: sessions that insert the same keys, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import rows
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.row_changes import Insert
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Rows that are written out one by one are no conversion."""
    for insert in statement.changes_of(Insert):
        table = insert.table
        if insert.is_from_query and not circumstances.is_new(table):
            yield Danger(
                RiskLevel.VERY_HIGH,
                f"fills {table} from a query; a downgrade does not undo this",
                table=table,
                safe_form=rows.in_slices(table, statement_sql(statement)),
            )


RULE = Rule("insert_select", check)
