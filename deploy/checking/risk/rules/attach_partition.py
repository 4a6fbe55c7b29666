"""ATTACH PARTITION (medium; high where rows are read under the lock).

The partition is read through under ACCESS EXCLUSIVE unless a valid CHECK says what the bounds say, and so is the
default partition unless a CHECK excludes the new bounds. The parent's readers and writers go on (PostgreSQL 12).

Who waits: every reader and writer of the partition, and of the default partition, for as long as they are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import is_worked_out, may_scan
from deploy.checking.risk.safe_forms import partitions
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AttachPartition
from deploy.checking.statements.partitions import PartitionBound
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Without a CHECK that proves the bounds, every row is read."""
    for command, table in circumstances.commands(statement, AttachPartition):
        child, bound = command.partition.shown, command.bound or PartitionBound()
        if circumstances.is_new(child) and not (is_worked_out(circumstances) and may_scan(circumstances)):
            continue
        scanned = circumstances.effects.scans if circumstances.effects else ()
        says = f"attaches {child} to {table}: a CHECK proves its bounds, nothing is scanned"
        if may_scan(circumstances):
            says = (
                f"reads every row of {', '.join(scanned) or child} under an exclusive lock, to prove the bounds of "
                f"{table}"
            )
        yield Danger(
            RiskLevel.HIGH if scanned else RiskLevel.MEDIUM,
            says,
            table=min(scanned, default=child),
            safe_form=partitions.attach_with_check(
                partitions.Attachment(
                    table,
                    child,
                    known.partition_key(circumstances, table),
                    bound,
                    known.default_partition(circumstances, table),
                )
            ),
        )


RULE = Rule("attach_partition", check)
