"""ADD CONSTRAINT ... NOT VALID: the safe first half (low).

Instant, and old rows are not looked at. But every row that is written from now on must fulfil it, those of the
running release too. VALIDATE belongs into a transaction of its own: in the same one its scan would run under this
lock.

Who waits: all sessions (CHECK) or the writers of both tables (foreign key), for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.risk.safe_forms.code import execute
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.rewriting import alter_sql
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Instant, but it binds every row written from now on, by older code too."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if constraint.is_not_valid and constraint.is_enforced:
            name = constraints.constraint_name(constraint, table)
            yield Danger(
                RiskLevel.LOW,
                f"{name} on {table} binds new rows only until it is validated",
                breaks_older_code=True,
                table=table,
                safe_form=constraints.in_two_steps(table, name, execute(alter_sql(statement, command))),
            )


RULE = Rule("add_constraint_not_valid", check)
