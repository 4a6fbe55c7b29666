"""DROP CONSTRAINT (medium).

Rows that the constraint kept out may enter from now on, and putting it back fails once they are there. ON CONFLICT of
the running code needs a unique one.

Who waits: every reader and writer of the table for an instant; of a foreign key, those of the other table too.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.safe_forms import constraints
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Rows that the constraint kept out may enter; ON CONFLICT needs a unique one."""
    for command, table in circumstances.changes(statement, "AT_DropConstraint"):
        yield Danger(
            RiskLevel.MEDIUM,
            f"{table} loses the guard {command.name}: rows that it kept out may enter",
            breaks_older_code=True,
            table=table,
            safe_form=constraints.drop_patiently(table, command.name),
        )


RULE = Rule("drop_constraint", check)
