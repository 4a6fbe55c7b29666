"""CREATE TABLE with a foreign key to a table that is in use (medium).

The new table itself hurts nobody. But the foreign key puts triggers on the table it refers to: PostgreSQL takes SHARE
ROW EXCLUSIVE there and holds it until COMMIT, through everything else that the transaction does.

Who waits: every writer of the table that is referred to, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import new_tables
from deploy.checking.statements import Statement
from deploy.checking.statements.constraints import ForeignKey
from deploy.checking.statements.views import CreateTable
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The parent's writers wait until COMMIT."""
    created = statement.view
    if not isinstance(created, CreateTable) or circumstances.is_new(created.table):
        return
    own = created.table
    busy = sorted({link.target.shown for link, _ in created.all_of(ForeignKey)})
    for parent in busy:
        if parent != own and not circumstances.is_new(parent):
            yield Danger(
                RiskLevel.MEDIUM,
                f"blocks all writers of {parent} from here to COMMIT: the new table {own} refers to it",
                table=parent,
                safe_form=new_tables.without_foreign_keys(statement, created),
            )


RULE = Rule("create_table_references_busy_table", check)
