"""ADD COLUMN NOT NULL without a default (high; very high where rows are known to be there).

An existing row has no value for the column, so the statement fails at once on a table with rows. On an
empty table it succeeds, and from then on every INSERT of the running code fails, because that code does not know the
column.

Who waits: no session for long; but the deployment stops here, or the running release cannot insert any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import Default, Generated, Identity, NotNull, PrimaryKey
from deploy.model.risk import RiskLevel

MANDATORY = (NotNull, PrimaryKey)
FILLED = (Default, Identity, Generated)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Fails at once where there are rows; older code cannot insert afterwards."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        if column.has(*MANDATORY) and not column.has(*FILLED) and not column.is_serial:
            yield Danger(
                RiskLevel.VERY_HIGH if circumstances.rows(table) else RiskLevel.HIGH,
                f"{table}.{column.name} is NOT NULL without a default: "
                f"{_fate(table, circumstances.rows(table))}, and older code cannot insert",
                breaks_older_code=True,
                table=table,
                safe_form=columns.nullable_first(statement, command, table, circumstances.server_major),
            )


def _fate(table: str, rows: int | None) -> str:
    if rows == 0:
        return f"{table} has no rows in production, so it may succeed"
    return f"fails if {table} has rows" if rows is None else f"fails, because {table} has rows"


RULE = Rule("add_column_not_null_without_default", check)
