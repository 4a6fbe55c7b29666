"""CLUSTER or VACUUM FULL (high).

The table is copied, and all of its indexes are rebuilt, under ACCESS EXCLUSIVE. It needs the table's size on disk
a second time. A plain VACUUM makes the space usable again and blocks no session.

Who waits: every reader and writer of the table, for as long as it is copied.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement
from deploy.checking.statements.table_work import Cluster, Vacuum
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A copy under an exclusive lock."""
    work = statement.view
    if isinstance(work, Cluster):
        names: tuple[str, ...] = (work.table,)
    elif isinstance(work, Vacuum) and work.is_full:
        names = work.tables or ("",)
    else:
        return
    for table in names:
        if not circumstances.is_new(table):
            yield Danger(
                RiskLevel.HIGH,
                f"copies {table or 'every table'} with all its indexes while no other session can read or write it",
                table=table,
                safe_form=tables.repack(table or "your_table"),
            )


RULE = Rule("cluster_or_vacuum_full", check)
