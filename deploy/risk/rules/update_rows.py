"""UPDATE, MERGE, ON CONFLICT DO UPDATE (requirement M1: data conversion is very high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, enum_name, nodes_of, relation_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What a row held before is gone."""
    changed = nodes_of(statement, "UpdateStmt") + nodes_of(statement, "MergeStmt")
    for insert in nodes_of(statement, "InsertStmt"):
        is_upsert = enum_name(insert.on_conflict_clause, "action") == "ONCONFLICT_UPDATE"
        changed += [insert] if is_upsert else []
    for node in changed:
        table = relation_name(node.relation)
        if not circumstances.is_new(table):
            yield Danger(RiskLevel.VERY_HIGH, f"converts rows of {table}; a downgrade does not bring them back")


RULE = Rule("update_rows", check)
