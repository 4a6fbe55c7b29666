"""DROP COLUMN ... CASCADE (very high).

Views, foreign keys of other tables and everything else that needs the column go as well, and no line of the migration
says what. Drop them by name first: then the migration tells, and fails where it forgot something.

Who waits: every reader and writer of the table, and of each view and table that loses something.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import drops, told
from deploy.checking.risk.safe_forms import tables
from deploy.checking.risk.safe_forms.drops import drop_sqls, named_drops, restricted
from deploy.checking.statements import Statement, choice
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Nothing in the statement says what goes with it."""
    for command, table in circumstances.changes(statement, "AT_DropColumn"):
        if is_cascade_of(command):
            kinds = ("view", "materialized view", "table constraint")
            going = [d for d in drops(circumstances, *kinds) if d.is_by_cascade]
            gone = [told(d) for d in going]
            also = f": {', '.join(gone)}" if gone else ", and nothing here says what that is"
            yield Danger(
                RiskLevel.VERY_HIGH,
                f"drops whatever depends on {table}.{command.name}{also}",
                breaks_older_code=True,
                table=table,
                loses=", ".join(gone) or f"views and foreign keys that use {table}.{command.name}",
                safe_form=named_drops(drop_sqls(going), restricted(statement))
                if going
                else tables.later(restricted(statement), "the column, and after its views were dropped by name"),
            )


def is_cascade_of(command: Any) -> bool:
    """Whether CASCADE is written beside this subcommand."""
    return choice(command, "behavior") == "DROP_CASCADE"


RULE = Rule("drop_column_cascade", check)
