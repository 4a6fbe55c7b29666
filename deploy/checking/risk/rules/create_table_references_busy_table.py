"""CREATE TABLE with a foreign key to a table that is in use (medium).

The new table itself hurts nobody. But the foreign key puts triggers on the table it refers to: PostgreSQL takes SHARE
ROW EXCLUSIVE there and holds it until COMMIT, through everything else that the transaction does.

Who waits: every writer of the table that is referred to, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import new_tables
from deploy.checking.statements import Statement, choice, nodes_of, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The parent's writers wait until COMMIT."""
    if statement.kind != "create_stmt" or circumstances.is_new(relation_name(statement.node.relation)):
        return
    own = relation_name(statement.node.relation)
    links = [node for node in nodes_of(statement, "Constraint") if choice(node, "contype") == "CONSTR_FOREIGN"]
    busy = sorted({relation_name(link.pktable) for link in links})
    for parent in busy:
        if parent != own and not circumstances.is_new(parent):
            yield Danger(
                RiskLevel.MEDIUM,
                f"blocks all writers of {parent} from here to COMMIT: the new table {own} refers to it",
                table=parent,
                safe_form=new_tables.without_foreign_keys(statement),
            )


RULE = Rule("create_table_references_busy_table", check)
