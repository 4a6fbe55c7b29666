"""RENAME of a table (high).

Instant for PostgreSQL, fatal for the running release: every query that names the table fails from COMMIT on. A view
under the old name takes its reads and writes until that release is gone.

Who waits: every reader and writer of the table for an instant; then the old code fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import RenameTable
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Code that still uses the old name fails at once."""
    renamed = statement.view
    if not isinstance(renamed, RenameTable):
        return
    old, new = renamed.table, renamed.new_name
    if not circumstances.is_new(old):
        yield Danger(
            RiskLevel.HIGH,
            f"renames the table {old} to {new} under running code",
            breaks_older_code=True,
            table=old,
            safe_form=expand_contract.rename_relation(old, renamed.new_table, statement_sql(statement)),
        )


RULE = Rule("rename_table", check)
