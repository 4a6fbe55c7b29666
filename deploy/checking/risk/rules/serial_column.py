"""A column of type serial (advice).

Its sequence has privileges, an owner and a name of its own, which a copy of the table keeps using. GENERATED AS
IDENTITY is the standard's form. (On a table with rows both rewrite it: see add_column_serial.)

Who waits: no session.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.columns_made import new_columns
from deploy.checking.risk.safe_forms import advice
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Style, where it is asked for."""
    for table, column in new_columns(statement):
        if column.is_serial and statement.kind == "create_stmt":
            yield Danger(
                RiskLevel.ADVICE,
                f"{table}.{column.name} is {column.column_type.name}: GENERATED AS IDENTITY is the standard's form",
                table=table,
                safe_form=advice.identity_of(table, column.name),
            )


RULE = Rule("serial_column", check)
