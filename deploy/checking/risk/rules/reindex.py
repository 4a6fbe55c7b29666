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
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.table_work import Reindex
from deploy.model.risk import RiskLevel

KINDS = frozenset({"INDEX", "TABLE"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every index is locked for readers too."""
    rebuilt = statement.view
    if not isinstance(rebuilt, Reindex) or rebuilt.is_concurrent:
        return
    name = rebuilt.name
    if circumstances.is_new(name):
        return
    kind = rebuilt.word if rebuilt.word in KINDS else ""
    form = (
        indexes.reindex_concurrently(kind, name)
        if kind and name
        else tables.outside_of_transaction(statement_sql(statement).replace("REINDEX", "REINDEX (CONCURRENTLY)", 1))
    )
    found = known.relation(circumstances, name)
    table = found.table.shown if hasattr(found, "method") else name if kind == "TABLE" else ""
    yield Danger(
        RiskLevel.HIGH,
        f"rebuilds {name or 'every index'} while writers wait, and readers too, because they open every index",
        table=table,
        safe_form=form,
    )


RULE = Rule("reindex", check)
