"""CREATE, DROP or REINDEX INDEX CONCURRENTLY on a partitioned table (very high: it fails).

PostgreSQL refuses CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY on a partitioned table, in every version from
11 to 18. The deployment stops here.

Who waits: nobody; the migration fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.words import dropped_objects
from deploy.checking.risk.safe_forms import indexes, tables
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Refused, so the deployment would stop half-way."""
    table = _table_of(statement, circumstances)
    if table and known.is_partitioned(circumstances, table):
        form = ""
        if statement.kind == "index_stmt":
            form = indexes.create_on_partitions(statement, known.partitions(circumstances, table))
        else:
            form = tables.alone(statement_sql(statement).replace(" CONCURRENTLY", ""))
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"PostgreSQL refuses CONCURRENTLY on {table}, which is partitioned: the migration fails",
            table=table,
            safe_form=form,
        )


def _table_of(statement: Statement, circumstances: Circumstances) -> str:
    if statement.kind == "index_stmt" and statement.node.concurrent:
        return relation_name(statement.node.relation)
    if statement.kind == "drop_stmt" and statement.node.concurrent:
        found = [known.relation(circumstances, name) for name in dropped_objects(statement)]
        return next((index.table.shown for index in found if hasattr(index, "method")), "")
    return ""


RULE = Rule("concurrently_on_partitioned_table", check)
