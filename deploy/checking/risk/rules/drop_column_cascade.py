"""DROP COLUMN ... CASCADE (very high).

Views, foreign keys of other tables and everything else that needs the column go as well, and no line of the migration
says what. Drop them by name first: then the migration tells, and fails where it forgot something.

Who waits: every reader and writer of the table, and of each view and table that loses something.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import drops, told
from deploy.checking.risk.safe_forms import tables
from deploy.checking.risk.safe_forms.drops import drop_sqls, named_drops
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import DropColumn
from deploy.checking.statements.rewriting import restricted
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Nothing in the statement says what goes with it."""
    for command, table in circumstances.commands(statement, DropColumn):
        if command.is_cascade:
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


RULE = Rule("drop_column_cascade", check)
