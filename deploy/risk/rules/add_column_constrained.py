"""ADD COLUMN with a CHECK, UNIQUE or foreign key of its own (medium)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, enum_name

CHECKED = frozenset({"CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The constraint is checked, or its index built, while the table is locked."""
    for command, table in circumstances.changes(statement, "AT_AddColumn"):
        column = getattr(command, "def").column_def
        if {enum_name(item.constraint, "contype") for item in column.constraints} & CHECKED:
            yield Danger(RiskLevel.MEDIUM, f"{table}.{column.colname} brings a constraint that is checked under a lock")


RULE = Rule("add_column_constrained", check)
