"""CREATE, DROP or REINDEX INDEX CONCURRENTLY on a partitioned table (very high: it fails).

PostgreSQL refuses CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY on a partitioned table, in every version from
11 to 18. The deployment stops here.

Who waits: no session; the migration fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import indexes, tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import CreateIndex, DropObjects
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Refused, so the deployment would stop half-way."""
    table = _table_of(statement, circumstances)
    if table and known.is_partitioned(circumstances, table):
        form, index = "", statement.view
        if isinstance(index, CreateIndex):
            form = indexes.create_on_partitions(statement, index, known.partitions(circumstances, table))
        else:
            form = tables.alone(statement_sql(statement).replace(" CONCURRENTLY", ""))
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"PostgreSQL refuses CONCURRENTLY on {table}, which is partitioned: the migration fails",
            table=table,
            safe_form=form,
        )


def _table_of(statement: Statement, circumstances: Circumstances) -> str:
    index = statement.view
    if isinstance(index, CreateIndex) and index.is_concurrent:
        return index.table
    if isinstance(index, DropObjects) and index.is_concurrent:
        found = [known.relation(circumstances, name) for name in index.names]
        return next((index.table.shown for index in found if hasattr(index, "method")), "")
    return ""


RULE = Rule("concurrently_on_partitioned_table", check)
