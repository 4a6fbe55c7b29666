"""DETACH PARTITION CONCURRENTLY (high).

Readers and writers of the parent go on. But from then on code that reads the parent does not see these rows. It waits
for every older transaction that uses the parent, leaves a pending detach where it is cut off (finish it by DETACH ...
FINALIZE), and is refused while there is a default partition.

Who waits: readers and writers of the partition, for an instant.
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
    """No lock on the parent that blocks; still, the rows are gone for its readers."""
    for command, table in circumstances.commands(statement, DetachPartition):
        child = command.partition.shown
        if command.is_concurrent or command.is_finalize:
            default = known.default_partition(circumstances, table)
            refused = f"; PostgreSQL refuses it, because {default} is a default partition" if default else ""
            yield Danger(
                RiskLevel.VERY_HIGH if default else RiskLevel.HIGH,
                f"code that reads {table} no longer sees the rows of {child}{refused}",
                breaks_older_code=True,
                table=table,
                safe_form=partitions.detach(table, child, circumstances.server_major, default),
            )


RULE = Rule("detach_partition_concurrently", check)
