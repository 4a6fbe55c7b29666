"""CREATE INDEX CONCURRENTLY (medium).

Blocks no session, but reads the table twice and waits for every older transaction of the database to end: a long
query or a forgotten session holds it up. A unique one fails on duplicates, and refuses rows that the running code may
write. A build that was cut off leaves an invalid index behind.

Who waits: only other schema changes and VACUUM.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement
from deploy.checking.statements.views import CreateIndex
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Blocks no session, but costs time, disk and I/O; a unique one refuses rows that older code may write."""
    index = statement.view
    if not isinstance(index, CreateIndex) or not index.is_concurrent:
        return
    table = index.table
    if not circumstances.is_new(table):
        duplicates = "; fails on duplicates" if index.is_unique and not circumstances.is_empty(table) else ""
        yield Danger(
            RiskLevel.MEDIUM,
            f"builds an index on {table} while it is written to, and waits for every older transaction{duplicates}",
            breaks_older_code=index.is_unique,
            table=table,
            safe_form=indexes.create_concurrently(statement, index),
        )


RULE = Rule("add_index", check)
