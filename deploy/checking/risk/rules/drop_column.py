"""DROP COLUMN (very high).

The values come back only from a backup. Indexes and constraints that contain the column go silently with it,
also those over several columns. The running release fails as soon as it names the column.

Who waits: every reader and writer of the table for an instant; with a foreign key on the column the other table too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import drops
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import DropColumn
from deploy.model.effects import Drop
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Its values come back only from a backup; indexes and constraints that name it go too."""
    for command, table in circumstances.commands(statement, DropColumn):
        beside = _beside(drops(circumstances, "index", "table constraint"))
        also = f"; with it go {', '.join(beside)}" if beside else ""
        values = "its values" if not circumstances.is_empty(table) else "the column; production has no row there"
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops {table}.{command.name} with its data{also}",
            breaks_older_code=True,
            table=table,
            loses=f"{table}.{command.name}: {values}",
            safe_form=columns.drop_in_two_releases(table, command.name),
        )


def _beside(dropped: Sequence[Drop]) -> list[str]:
    """Indexes and constraints, those over several columns too; a constraint and its index bear one name."""
    names = [drop.identity.partition(" on ")[0].rpartition(".")[2] for drop in dropped if drop.is_by_cascade]
    return sorted({name for name in names if not name.strip('"').endswith("_not_null")})


RULE = Rule("drop_column", check)
