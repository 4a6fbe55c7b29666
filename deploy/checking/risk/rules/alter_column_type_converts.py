"""ALTER COLUMN TYPE ... USING an expression (converting data is very high).

Each value is replaced by what the expression makes of it. A plain cast of the same column keeps the meaning; anything
else may not be reversible, and a downgrade does not know what was there before.

Who waits: every reader and writer of the table, for as long as it is written anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.risk.safe_forms.sql_text import expression_sql, type_sql
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A plain cast of the column itself is no conversion."""
    for command, table in circumstances.changes(statement, "AT_AlterColumnType"):
        definition = getattr(command, "def").column_def
        using = definition.raw_default
        if using.WhichOneof("node") is None or _is_cast_of(using, command.name):
            continue
        if not circumstances.is_empty(table):
            yield Danger(
                RiskLevel.VERY_HIGH,
                f"replaces every value of {table}.{command.name} by {expression_sql(using)}; a downgrade does not "
                "bring "
                "them back",
                breaks_older_code=True,
                table=table,
                loses=f"the values of {table}.{command.name} in {rows_of(circumstances, table)}",
                safe_form=expand_contract.change_type(
                    table,
                    command.name,
                    type_sql(definition.type_name),
                    using,
                ),
            )


def _is_cast_of(expression: Any, column: str) -> bool:
    while expression.WhichOneof("node") == "type_cast":
        expression = expression.type_cast.arg
    fields = expression.column_ref.fields
    return bool(fields) and fields[-1].string.sval == column


RULE = Rule("alter_column_type_converts", check)
