"""ENABLE or FORCE ROW LEVEL SECURITY (high).

From COMMIT on, a role that does not own the table sees and writes only what a policy allows. Without a policy that is
nothing: queries of the running code succeed and return no rows. FORCE binds the owner too.

Who waits: every reader and writer of the table for an instant; then rows are hidden.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Without a policy every row is hidden, and no query fails."""
    for command, table in circumstances.changes(statement, "AT_EnableRowSecurity", "AT_ForceRowSecurity"):
        whom = "the owner, too," if command.kind == "AT_ForceRowSecurity" else "every role but the owner"
        yield Danger(
            RiskLevel.HIGH,
            f"{whom} sees only the rows of {table} that a policy shows: none, where there is no policy",
            breaks_older_code=True,
            table=table,
            safe_form=tables.row_level_security(table, statement_sql(statement)),
        )


RULE = Rule("enable_row_level_security", check)
