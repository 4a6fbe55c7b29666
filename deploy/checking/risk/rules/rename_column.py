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
from deploy.checking.statements import Statement, choice, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Code that still uses the old name fails at once."""
    if statement.kind != "rename_stmt" or choice(statement.node, "rename_type") != "OBJECT_COLUMN":
        return
    table, old, new = relation_name(statement.node.relation), statement.node.subname, statement.node.newname
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
