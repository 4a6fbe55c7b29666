"""A primary key of type integer or smallint (advice).

It ends at 2,147,483,647, and numbers of rows that failed or were deleted count. Changing it to bigint later rewrites
the table and every table that refers to it.

Who waits: no session, until the numbers end.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.columns_made import new_columns
from deploy.checking.risk.safe_forms import advice
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import PrimaryKey
from deploy.checking.statements.views import AlterTable, CreateTable
from deploy.model.risk import RiskLevel

SMALL = frozenset({"int4", "int2", "serial", "serial4", "smallserial", "serial2", "integer", "smallint"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Style, where it is asked for."""
    for table, column in new_columns(statement):
        if column.column_type.name in SMALL and (column.has(PrimaryKey) or column.name in _key_of(statement)):
            yield Danger(
                RiskLevel.ADVICE,
                f"{table}.{column.name} ends at 2,147,483,647 at most: making it bigint later rewrites the table",
                table=table,
                safe_form=advice.column_of(table, column.name, "sa.BigInteger"),
            )


def _key_of(statement: Statement) -> set[str]:
    """The columns of a table's PRIMARY KEY (...)."""
    view, keys = statement.view, []
    if isinstance(view, CreateTable):
        keys = [key for key, _ in view.all_of(PrimaryKey)]
    elif isinstance(view, AlterTable):
        added = [command.constraint for command in view.commands if isinstance(command, AddConstraint)]
        keys = [key for key in added if isinstance(key, PrimaryKey)]
    return {name for key in keys for name in key.columns}


RULE = Rule("small_primary_key", check)
