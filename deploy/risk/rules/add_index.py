"""CREATE INDEX (requirement M1: medium)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Circumstances, Danger
from deploy.risk.statements import Statement, relation_name


def add_index(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Without CONCURRENTLY, writers wait for the whole build."""
    if statement.kind != "index_stmt":
        return
    table = relation_name(statement.node.relation)
    if table in circumstances.new_tables:
        return
    if statement.node.concurrent:
        yield Danger("add_index", RiskLevel.MEDIUM, f"builds an index on {table} while it is written to")
    else:
        yield Danger(
            "add_index_not_concurrently", RiskLevel.MEDIUM, f"blocks all writers of {table} for the whole build"
        )
