"""ALTER INDEX ... ATTACH PARTITION (medium).

The last step of an index that is built partition by partition. The partition's index is locked for everybody, for an
instant; the parent's becomes valid with the last one.

Who waits: every reader and writer of the partition for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, choice, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """A lock on the partition's index without work."""
    if statement.kind != "alter_table_stmt" or choice(statement.node, "objtype") != "OBJECT_INDEX":
        return
    for item in statement.node.cmds:
        if choice(item.alter_table_cmd, "subtype") == "AT_AttachPartition":
            child = relation_name(getattr(item.alter_table_cmd, "def").partition_cmd.name)
            yield Danger(
                RiskLevel.MEDIUM,
                f"locks the index {child} for everybody, for an instant",
                safe_form=tables.alone(statement_sql(statement)),
            )


RULE = Rule("attach_index_partition", check)
