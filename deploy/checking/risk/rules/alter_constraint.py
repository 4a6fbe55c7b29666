"""ALTER CONSTRAINT (medium).

DEFERRABLE changes when a foreign key is tested; from PostgreSQL 18 on NOT ENFORCED ends its tests, and ENFORCED tests
every row while both tables are locked.

Who waits: every reader and writer of the table; with (NOT) ENFORCED those of the other table too.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AlterConstraint
from deploy.checking.statements.rewriting import alter_sql
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A lock, and other rules for rows that come in."""
    for command, table in circumstances.commands(statement, AlterConstraint):
        word = "is tested at another time"
        if command.is_enforced is not None:
            word = "is tested on every row again" if command.is_enforced else "is no longer tested"
        yield Danger(
            RiskLevel.MEDIUM,
            f"{command.constraint_name} on {table} {word}; {table} is locked for all other sessions during this",
            table=table,
            breaks_older_code=command.is_enforced is not None,
            safe_form=tables.alone(alter_sql(statement, command)),
        )


RULE = Rule("alter_constraint", check)
