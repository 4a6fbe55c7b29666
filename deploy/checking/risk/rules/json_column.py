"""A column of type json (advice).

json keeps the text as it came and has no equality: SELECT DISTINCT, GROUP BY and UNION over it fail. jsonb has, and
can be indexed.

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
        if column.column_type.name == "json":
            yield Danger(
                RiskLevel.ADVICE,
                f"{table}.{column.name} is json: DISTINCT, GROUP BY and UNION fail on it; jsonb does the same and "
                "more",
                table=table,
                safe_form=advice.column_of(table, column.name, "postgresql.JSONB"),
            )


RULE = Rule("json_column", check)
