"""CREATE INDEX CONCURRENTLY (medium).

Blocks nobody, but reads the table twice and waits for every older transaction of the database to end: a long query or
a forgotten session holds it up. A unique one fails on duplicates, and refuses rows that the running code may write. A
build that was cut off leaves an invalid index behind.

Who waits: only other schema changes and VACUUM.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Blocks nobody, but costs time, disk and I/O; a unique one refuses rows that older code may write."""
    if statement.kind != "index_stmt" or not statement.node.concurrent:
        return
    table = relation_name(statement.node.relation)
    if not circumstances.is_new(table):
        duplicates = "; fails on duplicates" if statement.node.unique and not circumstances.is_empty(table) else ""
        yield Danger(
            RiskLevel.MEDIUM,
            f"builds an index on {table} while it is written to, and waits for every older transaction{duplicates}",
            breaks_older_code=statement.node.unique,
            table=table,
            safe_form=indexes.create_concurrently(statement),
        )


RULE = Rule("add_index", check)
