"""ALTER TABLE on a partitioned table (medium).

The same lock is taken on every partition, and work is done in each of them, before the first is free again. Its size
is the sum of all partitions.

Who waits: the sessions that the change keeps out of the parent, in every partition too, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import other_locks
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import AlterTable
from deploy.model.risk import RiskLevel

OF_ONE_PARTITION = frozenset({"AT_AttachPartition", "AT_DetachPartition", "AT_DetachPartitionFinalize"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """One statement, many locks."""
    altered = statement.view
    if not circumstances.effects or not isinstance(altered, AlterTable):
        return
    commands = [command.kind for command, _ in circumstances.changes(statement)]
    table = altered.table
    below = set(known.partitions(circumstances, table))
    locked = sorted(lock.relation for lock in other_locks(statement, circumstances) if lock.relation in below)
    if locked and commands and not set(commands) <= OF_ONE_PARTITION:
        yield Danger(
            RiskLevel.MEDIUM,
            f"does the same to all {len(locked)} partitions of {table} in one go ({', '.join(locked[:3])}): none is "
            "free "
            "before the last one is done",
            table=max(locked, key=lambda name: circumstances.rows(name) or 0),
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("alter_partitioned_table_locks_all", check)
