"""DROP CONSTRAINT ... CASCADE (high).

Every foreign key that relies on the constraint goes as well, on tables that the migration does not name: from then on
their rows may refer to nothing.

Who waits: every reader and writer of the table, and of each table whose foreign key goes.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import drops, told
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import DropConstraint
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Foreign keys of other tables go, and no line says which."""
    for command, table in circumstances.commands(statement, DropConstraint):
        if command.is_cascade:
            gone = [drop for drop in drops(circumstances, "table constraint") if drop.is_by_cascade]
            also = ", ".join(told(drop) for drop in gone) or "every foreign key that refers to it"
            yield Danger(
                RiskLevel.HIGH,
                f"drops the constraint {command.name} of {table}, and with it {also}",
                breaks_older_code=True,
                table=table,
                loses=also,
                safe_form=constraints.drop_named_first(table, command.name, [drop.identity for drop in gone]),
            )


RULE = Rule("drop_constraint_cascade", check)
