"""RENAME: instant for PostgreSQL, fatal for code that still uses the old name (high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, enum_name, relation_name

UNNAMED_BY_CODE = frozenset({"OBJECT_INDEX", "OBJECT_TABCONSTRAINT"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Tables and columns break older code; an index or a constraint does not."""
    if statement.kind != "rename_stmt":
        return
    renamed = enum_name(statement.node, "rename_type")
    table = relation_name(statement.node.relation)
    if renamed in UNNAMED_BY_CODE or circumstances.is_new(table):
        return
    word = renamed.removeprefix("OBJECT_").lower().replace("_", " ")
    old = statement.node.subname or table
    new = statement.node.newname
    yield Danger(RiskLevel.HIGH, f"renames the {word} {old} to {new} under running code", breaks_older_code=True)


RULE = Rule("rename_object", check)
