"""UPDATE, or INSERT ... ON CONFLICT DO UPDATE (requirement M1: converting data is very high).

What a row held before is gone, and a downgrade does not know it. One large statement holds its row locks until
COMMIT, writes each row a second time, and takes about ten times as long as rewriting the table by a schema change.

Who waits: whoever writes one of these rows, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.rules.reading.words import rows_of
from deploy.risk.safe_forms import rows
from deploy.risk.safe_forms.sql_text import expression_sql, quoted
from deploy.risk.statements import Statement, choice, nodes_of, relation_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What a row held before is gone."""
    changed = nodes_of(statement, "UpdateStmt")
    for insert in nodes_of(statement, "InsertStmt"):
        is_upsert = choice(insert.on_conflict_clause, "action") == "ONCONFLICT_UPDATE"
        changed += [insert] if is_upsert else []
    for node in changed:
        table = relation_name(node.relation)
        if circumstances.is_new(table):
            continue
        if circumstances.is_empty(table):
            yield Danger(RiskLevel.LOW, f"converts rows of {table}, which has none in production", table=table)
            continue
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"converts rows of {table}; a downgrade does not bring them back",
            table=table,
            loses=f"what {rows_of(circumstances, table)} held before",
            safe_form=_safe_form(node, table),
        )


def _safe_form(node: Any, table: str) -> str:
    """In batches; of rows that are written out or joined, as they are."""
    if node.DESCRIPTOR.name != "UpdateStmt" or node.from_clause or not node.target_list:
        return ""
    targets = [item.res_target for item in node.target_list]
    assignments = [(quoted(t.name), expression_sql(t.val)) for t in targets]
    condition = expression_sql(node.where_clause)
    changes = " OR ".join(f"{name} IS DISTINCT FROM ({value})" for name, value in assignments)
    left = f"({condition}) AND ({changes})" if condition else changes
    return rows.fill_in_batches(table, ", ".join(f"{name} = {value}" for name, value in assignments), left)


RULE = Rule("update_rows", check)
