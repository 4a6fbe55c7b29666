"""SET TABLESPACE (high).

The file is copied to the other place, byte by byte, under ACCESS EXCLUSIVE; of an index under the same lock on the
index, which every query of the table opens.

Who waits: every reader and writer of the table, for as long as it is copied.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import new_tables, tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.table_work import MoveTablespace
from deploy.checking.statements.views import AlterTable
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A copy under an exclusive lock; ALL IN TABLESPACE means many of them."""
    altered = statement.view
    if isinstance(altered, MoveTablespace):
        place = altered.tablespace
        says = f"copies everything in the tablespace {place} under exclusive locks, one table after the other"
        yield Danger(RiskLevel.HIGH, says, safe_form=tables.alone(statement_sql(statement)))
    if not isinstance(altered, AlterTable) or circumstances.is_new(altered.table):
        return
    name, is_index = altered.table, altered.is_of_index
    for command in altered.commands:
        if command.kind == "AT_SetTableSpace":
            found = known.relation(circumstances, name)
            table = found.table.shown if hasattr(found, "method") else "" if is_index else name
            form = (
                tables.index_in_tablespace(name, command.name)
                if is_index
                else new_tables.new_table_beside(name, statement)
            )
            yield Danger(
                RiskLevel.HIGH,
                f"copies {name} to another place while no other session can read or write it",
                table=table,
                safe_form=form,
            )


RULE = Rule("set_tablespace", check)
