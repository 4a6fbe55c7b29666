"""ADD COLUMN NOT NULL without a default (high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import SERIAL_TYPES, Statement, enum_name, type_name

MANDATORY = frozenset({"CONSTR_NOTNULL", "CONSTR_PRIMARY"})
FILLED = frozenset({"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Fails at once where there are rows; older code cannot insert afterwards."""
    for command, table in circumstances.changes(statement, "AT_AddColumn"):
        column = getattr(command, "def").column_def
        kinds = {enum_name(item.constraint, "contype") for item in column.constraints}
        if kinds & MANDATORY and not kinds & FILLED and type_name(column) not in SERIAL_TYPES:
            yield Danger(
                RiskLevel.HIGH, f"{table}.{column.colname} is NOT NULL without a default: fails if {table} has rows, "
                "and older code cannot insert", breaks_older_code=True,
            )


RULE = Rule("add_column_not_null_without_default", check)
