"""REINDEX without CONCURRENTLY (high).

The table gets SHARE and each of its indexes ACCESS EXCLUSIVE. Planning a query opens every index of its tables, so
readers wait too. CONCURRENTLY builds a second index and swaps them.

Who waits: every writer of the table, and in effect every reader, for as long as the indexes are built.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import indexes, tables
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, choice, relation_name
from deploy.model.risk import RiskLevel

KINDS = {"REINDEX_OBJECT_INDEX": "INDEX", "REINDEX_OBJECT_TABLE": "TABLE"}


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every index is locked for readers too."""
    if statement.kind != "reindex_stmt" or any(o.def_elem.defname == "concurrently" for o in statement.node.params):
        return
    name = relation_name(statement.node.relation) or statement.node.name
    if circumstances.is_new(name):
        return
    kind = KINDS.get(choice(statement.node, "kind"), "")
    form = (
        indexes.reindex_concurrently(kind, name)
        if kind and name
        else tables.outside_of_transaction(statement_sql(statement).replace("REINDEX", "REINDEX (CONCURRENTLY)", 1))
    )
    found = known.relation(circumstances, name)
    table = found.table.shown if hasattr(found, "method") else name if kind == "TABLE" else ""
    yield Danger(
        RiskLevel.HIGH,
        f"builds {name or 'every index'} anew while writers wait, and readers too, because they open every index",
        table=table,
        safe_form=form,
    )


RULE = Rule("reindex", check)
