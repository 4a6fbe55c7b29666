"""ALTER COLUMN TYPE ... USING an expression (converting data is very high).

Each value is replaced by what the expression makes of it. A plain cast of the same column keeps the meaning; anything
else may not be reversible, and a downgrade does not know what was there before.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AlterColumnType
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A plain cast of the column itself is no conversion."""
    for command, table in circumstances.commands(statement, AlterColumnType):
        using = command.using
        if using is None or using.cast_column == command.name:
            continue
        if not circumstances.is_empty(table):
            yield Danger(
                RiskLevel.VERY_HIGH,
                f"replaces every value of {table}.{command.name} by {using.sql}; a downgrade does not "
                "bring "
                "them back",
                breaks_older_code=True,
                table=table,
                loses=f"the values of {table}.{command.name} in {rows_of(circumstances, table)}",
                safe_form=expand_contract.change_type(
                    table,
                    command.name,
                    command.column_type.sql,
                    using,
                ),
            )


RULE = Rule("alter_column_type_converts", check)
