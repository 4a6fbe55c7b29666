"""DETACH PARTITION without CONCURRENTLY (high).

The parent is locked ACCESS EXCLUSIVE until COMMIT, and from then on code that reads the parent does not see these
rows.

Who waits: every reader and writer of the partitioned table, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import partitions
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import DetachPartition
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The parent's readers wait; then the rows are gone for them."""
    for command, table in circumstances.commands(statement, DetachPartition):
        child = command.partition.shown
        if not command.is_concurrent and not command.is_finalize and not circumstances.is_new(child):
            yield Danger(
                RiskLevel.HIGH,
                f"locks {table} for readers and writers, and code that reads it no longer sees the rows of {child}",
                breaks_older_code=True,
                table=table,
                safe_form=partitions.detach(
                    table, child, circumstances.server_major, known.default_partition(circumstances, table)
                ),
            )


RULE = Rule("detach_partition", check)
