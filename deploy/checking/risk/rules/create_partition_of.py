"""CREATE TABLE ... PARTITION OF (medium).

Unlike CREATE TABLE it takes ACCESS EXCLUSIVE on the parent, and where there is a default partition every row of that
is read under the same lock. A table that is created alone and then attached asks the parent for SHARE UPDATE
EXCLUSIVE only.

Who waits: every reader and writer of the partitioned table, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import partitions
from deploy.checking.statements import Statement
from deploy.checking.statements.views import CreateTable
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The parent's readers wait, for as long as the default partition is read."""
    created = statement.view
    if not isinstance(created, CreateTable) or created.partition_of is None or created.bound is None:
        return
    own, parent = created.table, created.partition_of.shown
    if circumstances.is_new(parent):
        return
    default = known.default_partition(circumstances, parent)
    scan = f", and reads all of {default} meanwhile" if default else ""
    new = partitions.Attachment(
        parent, own, known.partition_key(circumstances, parent), created.bound, default
    )
    yield Danger(
        RiskLevel.MEDIUM,
        f"locks {parent} for readers and writers until COMMIT{scan}",
        table=parent,
        safe_form=partitions.create_then_attach(new),
    )


RULE = Rule("create_partition_of", check)
