"""CREATE INDEX CONCURRENTLY on PostgreSQL 14 (low).

From 14.0 to 14.3 an index that was built CONCURRENTLY, or by REINDEX CONCURRENTLY, could miss rows that were written
meanwhile. 14.4 builds it right. An index from before must be built again.

Who waits: no session; queries silently miss rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement
from deploy.checking.statements.table_work import Reindex
from deploy.checking.statements.views import CreateIndex
from deploy.model.risk import RiskLevel

BROKEN_MAJOR = 14


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Only the minor version tells, and it is not known here."""
    if circumstances.server_major != BROKEN_MAJOR:
        return
    index = statement.view
    if isinstance(index, CreateIndex | Reindex) and index.is_concurrent:
        yield Danger(
            RiskLevel.LOW,
            "PostgreSQL 14.0 to 14.3 build such an index without rows that are written meanwhile: have 14.4 or later",
            table=index.table if isinstance(index, CreateIndex) else "",
            safe_form=indexes.look_at_version(),
        )


RULE = Rule("concurrently_on_postgres_14", check)
