"""ADD CONSTRAINT ... CHECK that is tested at once (medium).

PostgreSQL reads every row of the table under ACCESS EXCLUSIVE, and fails on the first one that violates the
condition. NOT VALID spares the old rows at first; VALIDATE tests them later under a lock that blocks no session.

Who waits: every reader and writer of the table, for as long as it takes to read all of its rows. Code that writes
rows which violate the condition fails afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import Check
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row is tested while the table is locked for all other sessions."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if isinstance(constraint, Check) and not constraint.is_not_valid:
            name = constraints.constraint_name(constraint, table)
            fails = "" if circumstances.is_empty(table) else "; fails on rows that violate it"
            yield Danger(
                RiskLevel.MEDIUM,
                f"{name} is tested on every row of {table} while no other session can read or write it{fails}",
                breaks_older_code=True,
                table=table,
                safe_form=constraints.not_valid(statement, command, table),
            )


RULE = Rule("add_check_constraint", check)
