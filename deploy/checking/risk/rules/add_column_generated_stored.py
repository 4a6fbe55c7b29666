"""ADD COLUMN GENERATED ALWAYS AS (...) STORED (high).

The value of every row is computed and stored, so PostgreSQL rewrites the whole table and all of its indexes. A
plain column that a trigger fills takes no such time, nor does a VIRTUAL one (PostgreSQL 18), which is computed when
it is read.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import may_rewrite
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import Generated
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row is computed under an exclusive lock."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        if any(not item.is_virtual for item in column.all_of(Generated)) and may_rewrite(circumstances):
            yield Danger(
                RiskLevel.HIGH,
                f"{table}.{column.name} is computed and stored for every row: rewrites {table} under an exclusive "
                "lock",
                table=table,
                safe_form=columns.kept_by_trigger(table, column),
            )


RULE = Rule("add_column_generated_stored", check)
