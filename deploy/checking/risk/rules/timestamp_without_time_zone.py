"""A column of type timestamp without time zone (advice).

It holds a clock's reading without the clock's place: sessions in other time zones mean other moments by it. Changing
it to timestamptz later may rewrite the table.

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
        if column.column_type.name == "timestamp":
            yield Danger(
                RiskLevel.ADVICE,
                f"{table}.{column.name} has no time zone: which moment it means depends on the session",
                table=table,
                safe_form=advice.column_of(table, column.name, "sa.DateTime(timezone=True)"),
            )


RULE = Rule("timestamp_without_time_zone", check)
