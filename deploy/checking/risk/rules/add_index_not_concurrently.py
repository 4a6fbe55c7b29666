"""CREATE INDEX without CONCURRENTLY (medium).

PostgreSQL takes SHARE on the table until COMMIT: readers go on, but nobody can write while the index is built. With
CONCURRENTLY it takes longer and blocks nobody.

Who waits: every writer of the table, for as long as the index is built.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Writers wait for the whole build."""
    if statement.kind != "index_stmt" or statement.node.concurrent:
        return
    table = relation_name(statement.node.relation)
    is_of_all_partitions = known.is_partitioned(circumstances, table) and statement.node.relation.inh
    if not circumstances.is_new(table) and not is_of_all_partitions:  # add_index_on_partitioned_table says more
        fails = "; fails on duplicates" if statement.node.unique and not circumstances.is_empty(table) else ""
        yield Danger(
            RiskLevel.MEDIUM,
            f"blocks all writers of {table} for the whole build{fails}",
            breaks_older_code=statement.node.unique,
            table=table,
            safe_form=indexes.create_concurrently(statement),
        )


RULE = Rule("add_index_not_concurrently", check)
