"""ALTER INDEX ... ATTACH PARTITION (medium).

The last step of an index that is built partition by partition. The partition's index is locked for all other
sessions, for an instant; the parent's becomes valid with the last one.

Who waits: every reader and writer of the partition for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.commands import AttachPartition
from deploy.checking.statements.views import AlterTable
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """A lock on the partition's index without work."""
    altered = statement.view
    if not isinstance(altered, AlterTable) or not altered.is_of_index:
        return
    for command in altered.commands:
        if isinstance(command, AttachPartition):
            yield Danger(
                RiskLevel.MEDIUM,
                f"locks the index {command.partition.shown} for all other sessions, for an instant",
                safe_form=tables.alone(statement_sql(statement)),
            )


RULE = Rule("attach_index_partition", check)
