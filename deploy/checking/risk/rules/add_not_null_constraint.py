"""ADD CONSTRAINT ... NOT NULL that is checked at once (PostgreSQL 18, high).

The same as SET NOT NULL: every row is read under ACCESS EXCLUSIVE. With NOT VALID, from PostgreSQL 18 on, old rows
are spared until VALIDATE.

Who waits: every reader and writer of the table, for as long as it takes to read all of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import may_scan
from deploy.checking.risk.safe_forms import not_null
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import NotNull
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row is read under a lock that blocks readers too."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if isinstance(constraint, NotNull) and not constraint.is_not_valid:
            column = next(iter(constraint.columns), "column")
            yield Danger(
                RiskLevel.HIGH if may_scan(circumstances) else RiskLevel.MEDIUM,
                f"{table}.{column} becomes NOT NULL: fails on existing nulls, and scans {table} "
                "under an exclusive lock",
                breaks_older_code=True,
                table=table,
                safe_form=not_null.set_not_null(table, column, circumstances.server_major),
            )


RULE = Rule("add_not_null_constraint", check)
