"""CREATE INDEX on a partitioned table (high).

The index is built on every partition in one go, and SHARE is held on all of them until the last one is done. Built on
the parent alone (ON ONLY), then CONCURRENTLY on each partition and attached, it blocks no session for long.

Who waits: every writer of every partition, for as long as all of the indexes are built.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import is_named
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement
from deploy.checking.statements.views import CreateIndex
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """All partitions are locked until the last index is built."""
    index = statement.view
    if not isinstance(index, CreateIndex) or index.is_concurrent or index.relation.is_only:
        return
    table = index.table
    builds = circumstances.effects.index_builds if circumstances.effects else ()
    built = {build.table for build in builds if not is_named(build.table, frozenset({table}))}
    if not circumstances.is_new(table) and (known.is_partitioned(circumstances, table) or built):
        parts_of_it = sorted(built) or known.partitions(circumstances, table)
        yield Danger(
            RiskLevel.HIGH,
            f"builds the index on all partitions of {table} in one go: writers of {', '.join(parts_of_it) or 'each'} "
            "wait until the last one is done",
            breaks_older_code=index.is_unique,
            table=min(parts_of_it, default=table),
            safe_form=indexes.create_on_partitions(statement, index, parts_of_it),
        )


RULE = Rule("add_index_on_partitioned_table", check)
