"""DISABLE or NO FORCE ROW LEVEL SECURITY (high).

From COMMIT on, every role that may read the table sees all of its rows, whatever the policies say.

Who waits: every reader and writer of the table for an instant; then hidden rows show.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What was hidden is shown."""
    for _, table in circumstances.changes(statement, "AT_DisableRowSecurity", "AT_NoForceRowSecurity"):
        yield Danger(
            RiskLevel.HIGH,
            f"the policies of {table} no longer count: every role that may read it sees rows that were hidden from it",
            breaks_older_code=True,
            table=table,
            safe_form=tables.later(statement_sql(statement), "the policies"),
        )


RULE = Rule("disable_row_level_security", check)
