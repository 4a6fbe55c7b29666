"""CREATE INDEX CONCURRENTLY IF NOT EXISTS (low).

A build that was cut off, by a timeout, a duplicate or a lost connection, leaves an invalid index under the name. IF
NOT EXISTS then finds it, does nothing, and reports success: writers pay for an index that no query uses. Drop it
first.

Who waits: nobody; the index is simply not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import dropped_objects
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Unless the same revision drops the left-over first."""
    node = statement.node
    if statement.kind != "index_stmt" or not (node.concurrent and node.if_not_exists):
        return
    table = relation_name(node.relation)
    if circumstances.is_new(table) or node.idxname in _dropped_before(circumstances) or _is_free(node, circumstances):
        return
    yield Danger(
        RiskLevel.LOW,
        f"if an earlier try left an invalid {node.idxname}, IF NOT EXISTS keeps it and reports success",
        table=table,
        safe_form=indexes.create_concurrently(statement),
    )


def _dropped_before(circumstances: Circumstances) -> set[str]:
    drops_before = [s for s in circumstances.earlier if s.kind == "drop_stmt"]
    return {name.rpartition(".")[2] for s in drops_before for name in dropped_objects(s)}


def _is_free(node: Any, circumstances: Circumstances) -> bool:
    """Whether the whole schema is known, and has no such index."""
    schema = circumstances.schema
    if schema is None or not getattr(schema, "is_complete", False):
        return False
    return schema.index(node.relation.schemaname, node.idxname) is None


RULE = Rule("create_index_if_not_exists_keeps_invalid", check)
