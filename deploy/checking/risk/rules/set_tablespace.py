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
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, choice, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A copy under an exclusive lock; ALL IN TABLESPACE means many of them."""
    if statement.kind == "alter_table_move_all_stmt":
        place = statement.node.orig_tablespacename
        says = f"copies everything in the tablespace {place} under exclusive locks, one table after the other"
        yield Danger(RiskLevel.HIGH, says, safe_form=tables.alone(statement_sql(statement)))
    if statement.kind != "alter_table_stmt" or circumstances.is_new(relation_name(statement.node.relation)):
        return
    name = relation_name(statement.node.relation)
    for item in statement.node.cmds:
        if choice(item.alter_table_cmd, "subtype") == "AT_SetTableSpace":
            is_index = choice(statement.node, "objtype") == "OBJECT_INDEX"
            found = known.relation(circumstances, name)
            table = found.table.shown if hasattr(found, "method") else "" if is_index else name
            form = (
                tables.index_in_tablespace(name, item.alter_table_cmd.name)
                if is_index
                else new_tables.new_table_beside(name, statement)
            )
            yield Danger(
                RiskLevel.HIGH,
                f"copies {name} to another place while nobody may read or write it",
                table=table,
                safe_form=form,
            )


RULE = Rule("set_tablespace", check)
