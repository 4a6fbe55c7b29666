"""DELETE (requirement M1: data conversion is very high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, nodes_of, relation_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Also inside WITH, where the statement looks like a SELECT or an INSERT."""
    for node in nodes_of(statement, "DeleteStmt"):
        table = relation_name(node.relation)
        if not circumstances.is_new(table):
            yield Danger(RiskLevel.VERY_HIGH, f"deletes rows of {table}; a downgrade does not bring them back")


RULE = Rule("delete_rows", check)
