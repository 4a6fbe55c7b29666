"""A column of type char(n) (advice).

Values are filled up with blanks to the full length, and blanks at the end do not count in comparisons. Any later
change of its type rewrites the table. text with a CHECK says what is meant.

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
        if column.column_type.name in {"bpchar", "character"}:
            yield Danger(
                RiskLevel.ADVICE,
                f"{table}.{column.name} is char(n): values are filled up with blanks; text with a CHECK is plainer",
                table=table,
                safe_form=advice.column_of(table, column.name, "sa.Text"),
            )


RULE = Rule("char_column", check)
