"""ALTER COLUMN TYPE ... COLLATE (high).

The order of texts changes, so every index on the column is rebuilt under ACCESS EXCLUSIVE; the table itself is not
rewritten. Queries may return rows in another order than before.

Who waits: every reader and writer of the table, for as long as the indexes are built.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement, quoted
from deploy.checking.statements.commands import AlterColumnType
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Indexes are sorted by the collation."""
    for command, table in circumstances.commands(statement, AlterColumnType):
        if command.collation:
            collation = ".".join(command.collation)
            yield Danger(
                RiskLevel.HIGH,
                f"sorts {table}.{command.name} by {collation}: its indexes are rebuilt while no other session "
                "can read or write "
                f"{table}",
                breaks_older_code=True,
                table=table,
                safe_form=expand_contract.change_type(
                    table,
                    command.name,
                    f"{command.column_type.sql} COLLATE {quoted(collation)}",
                ),
            )


RULE = Rule("change_collation", check)
