"""A column of type varchar(n) (advice).

A longer limit is free later, a shorter one rewrites the table and fails on values that are too long. text with a
CHECK can be changed either way without a rewrite.

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
        if column.column_type.name == "varchar" and column.column_type.modifiers:
            yield Danger(
                RiskLevel.ADVICE,
                f"{table}.{column.name} is varchar(n): a shorter limit later rewrites the table; text with a "
                "CHECK does not",
                table=table,
                safe_form=advice.column_of(table, column.name, "sa.Text"),
            )


RULE = Rule("varchar_with_limit", check)
