"""ALTER TYPE RENAME VALUE (high); ADD VALUE only adds."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Older code writes and reads the old value."""
    if statement.kind == "alter_enum_stmt" and statement.node.old_val:
        old, new = statement.node.old_val, statement.node.new_val
        yield Danger(RiskLevel.HIGH, f"renames the enum value {old} to {new}", breaks_older_code=True)


RULE = Rule("rename_enum_value", check)
