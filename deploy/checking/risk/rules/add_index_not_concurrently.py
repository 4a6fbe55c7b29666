"""CREATE INDEX without CONCURRENTLY (medium).

PostgreSQL takes SHARE on the table until COMMIT: readers go on, but no other session can write while the index is
built. With CONCURRENTLY it takes longer and blocks no session.

Who waits: every writer of the table, for as long as the index is built.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement
from deploy.checking.statements.views import CreateIndex
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Writers wait for the whole build."""
    index = statement.view
    if not isinstance(index, CreateIndex) or index.is_concurrent:
        return
    table = index.table
    is_of_all_partitions = known.is_partitioned(circumstances, table) and not index.relation.is_only
    if not circumstances.is_new(table) and not is_of_all_partitions:  # add_index_on_partitioned_table says more
        fails = "; fails on duplicates" if index.is_unique and not circumstances.is_empty(table) else ""
        yield Danger(
            RiskLevel.MEDIUM,
            f"blocks all writers of {table} for the whole build{fails}",
            breaks_older_code=index.is_unique,
            table=table,
            safe_form=indexes.create_concurrently(statement, index),
        )


RULE = Rule("add_index_not_concurrently", check)
