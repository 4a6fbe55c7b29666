"""How many of production's rows a DML statement may change."""

from __future__ import annotations

from deploy.risk.circumstances import Circumstances
from deploy.risk.statements import Statement, nodes_of, relation_name

CHANGES = ("UpdateStmt", "DeleteStmt", "MergeStmt")


def rows_touched(statement: Statement, present: Circumstances) -> int | None:
    """At most: a WHERE may spare some, but only production's data know how many. None where nothing is touched."""
    total = 0
    for node_type in CHANGES:
        for node in nodes_of(statement, node_type):
            table = relation_name(node.relation)
            if not present.is_new(table):
                total += present.rows(table) or 0
    return total or None
