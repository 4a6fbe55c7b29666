"""RENAME: instant for PostgreSQL, fatal for code that still uses the old name."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Circumstances, Danger
from deploy.risk.statements import Statement, enum_name, relation_name


def rename_object(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Tables and columns break older code; an index does not."""
    if statement.kind != "rename_stmt":
        return
    renamed = enum_name(statement.node, "rename_type").removeprefix("OBJECT_").lower()
    if renamed in {"index", "tabconstraint"} or relation_name(statement.node.relation) in circumstances.new_tables:
        return
    yield Danger(f"rename_{renamed}", RiskLevel.HIGH, f"renames a {renamed} that running code names", True)
