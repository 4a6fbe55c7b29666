"""CREATE INDEX CONCURRENTLY (requirement M1: medium)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, relation_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Blocks nobody, but costs time, disk and I/O; a unique one refuses rows that older code may write."""
    if statement.kind != "index_stmt" or not statement.node.concurrent:
        return
    table = relation_name(statement.node.relation)
    if not circumstances.is_new(table):
        yield Danger(
            RiskLevel.MEDIUM, f"builds an index on {table} while it is written to",
            breaks_older_code=statement.node.unique,
        )


RULE = Rule("add_index", check)
