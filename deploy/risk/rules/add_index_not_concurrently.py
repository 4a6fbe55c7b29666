"""CREATE INDEX without CONCURRENTLY (requirement M1: medium)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, relation_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Writers wait for the whole build."""
    if statement.kind != "index_stmt" or statement.node.concurrent:
        return
    table = relation_name(statement.node.relation)
    if not circumstances.is_new(table):
        yield Danger(
            RiskLevel.MEDIUM, f"blocks all writers of {table} for the whole build",
            breaks_older_code=statement.node.unique,
        )


RULE = Rule("add_index_not_concurrently", check)
