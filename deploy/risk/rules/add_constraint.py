"""ADD CONSTRAINT that is checked at once (medium; a primary key or NOT NULL is high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, enum_name

MAKES_NOT_NULL = frozenset({"CONSTR_PRIMARY", "CONSTR_NOTNULL"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row is checked, or an index built, while the table is locked."""
    for command, table in circumstances.changes(statement, "AT_AddConstraint"):
        constraint = getattr(command, "def").constraint
        kind = enum_name(constraint, "contype")
        name = constraint.conname or kind.removeprefix("CONSTR_").lower()
        if constraint.skip_validation:
            continue
        if constraint.indexname:
            yield Danger(RiskLevel.MEDIUM, f"{name} on {table} takes over an index", breaks_older_code=True)
        else:
            yield Danger(
                RiskLevel.HIGH if kind in MAKES_NOT_NULL else RiskLevel.MEDIUM,
                f"{name} on {table} is checked against every row under a lock; fails on rows that violate it",
                breaks_older_code=True,
            )


RULE = Rule("add_constraint", check)
