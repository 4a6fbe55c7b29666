"""TRUNCATE: all rows at once (very high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, enum_name, relation_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """CASCADE empties the tables that refer to it too."""
    if statement.kind != "truncate_stmt":
        return
    names = [relation_name(item.range_var) for item in statement.node.relations]
    lost = [name for name in names if not circumstances.is_new(name)]
    if lost or enum_name(statement.node, "behavior") == "DROP_CASCADE":
        yield Danger(RiskLevel.VERY_HIGH, f"empties {', '.join(lost or names)}", breaks_older_code=True)


RULE = Rule("truncate", check)
