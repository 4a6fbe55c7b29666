"""RENAME of a column (high).

Instant for PostgreSQL, fatal for the running release: every query that names the column fails from COMMIT on. Views
follow the new name, code does not.

Who waits: every reader and writer of the table for an instant; then the old code fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.views import RenameColumn
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Code that still uses the old name fails at once."""
    renamed = statement.view
    if not isinstance(renamed, RenameColumn):
        return
    table, old, new = renamed.table, renamed.old_name, renamed.new_name
    if not circumstances.is_new(table):
        found = known.type_name(known.column(circumstances, table, old)) or "text"
        yield Danger(
            RiskLevel.HIGH,
            f"renames the column {old} of {table} to {new} under running code",
            breaks_older_code=True,
            table=table,
            safe_form=expand_contract.rename_column(table, old, new, found),
        )


RULE = Rule("rename_column", check)
