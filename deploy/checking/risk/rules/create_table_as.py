"""CREATE TABLE AS or CREATE MATERIALIZED VIEW (low).

Blocks no session, but reads everything that the query needs in one go. While it runs, VACUUM cannot clean up in the
whole database. The copy does not follow later changes.

Who waits: only schema changes of the tables that are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import new_tables
from deploy.checking.statements import Statement
from deploy.checking.statements.views import CreateTableAs
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A new object, but a long query."""
    created = statement.view
    if not isinstance(created, CreateTableAs) or not created.is_filled:
        return
    read = [name for name in created.reads if name and not circumstances.is_new(name)]
    if read:
        yield Danger(
            RiskLevel.LOW,
            f"reads {', '.join(read)} in one long query, and holds back VACUUM meanwhile",
            table=read[0],
            safe_form=new_tables.empty_then_filled(statement, created),
        )


RULE = Rule("create_table_as", check)
