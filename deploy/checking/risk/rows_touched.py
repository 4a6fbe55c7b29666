"""How many of production's rows a DML statement may change."""

from __future__ import annotations

from deploy.checking.risk.bookkeeping import is_bookkeeping
from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.statements import Statement, choice, nodes_of, relation_name

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


def changed_tables(statement: Statement, present: Circumstances) -> tuple[str, ...]:
    """Existing tables whose rows it changes or deletes, however many; one that is known to be empty is left out."""
    if is_bookkeeping(statement):
        return ()
    nodes = [node for node_type in CHANGES for node in nodes_of(statement, node_type)]
    nodes += [
        node for node in nodes_of(statement, "InsertStmt")
        if choice(node.on_conflict_clause, "action") == "ONCONFLICT_UPDATE"
    ]
    names = dict.fromkeys(relation_name(node.relation) for node in nodes)
    return tuple(name for name in names if not present.is_new(name) and not present.is_empty(name))
