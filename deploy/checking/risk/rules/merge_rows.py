"""MERGE (converting data is very high).

Updates, deletes and inserts in one statement, by a comparison with other rows. What a row held before is gone, and a
downgrade does not know it.

Who waits: whoever writes one of these rows, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import rows
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, choice, nodes_of, relation_name
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What a row held before is gone."""
    for node in nodes_of(statement, "MergeStmt"):
        table = relation_name(node.relation)
        if circumstances.is_new(table):
            continue
        kinds = {choice(item.merge_when_clause, "command_type") for item in node.merge_when_clauses}
        words = [word for kind, word in WORDS.items() if kind in kinds] or ["changes"]
        if kinds <= {"CMD_INSERT", "CMD_NOTHING"} and kinds:
            says = f"inserts rows into {table} that a query computes; a downgrade does not take them back"
        else:
            says = f"{' and '.join(words)} rows of {table}; a downgrade does not bring them back"
        yield Danger(
            RiskLevel.VERY_HIGH,
            says,
            table=table,
            loses="" if says.startswith("inserts") else f"what {rows_of(circumstances, table)} held before",
            safe_form=rows.in_slices(table, statement_sql(statement)),
        )


WORDS = {"CMD_UPDATE": "updates", "CMD_DELETE": "deletes", "CMD_INSERT": "inserts"}


RULE = Rule("merge_rows", check)
