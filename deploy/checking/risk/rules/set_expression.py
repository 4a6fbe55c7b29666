"""ALTER COLUMN SET EXPRESSION of a stored column (PostgreSQL 17, high).

Every row is computed again, so PostgreSQL rewrites the whole table and all of its indexes.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import may_rewrite
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import SetExpression
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Every row is computed again under an exclusive lock."""
    for command, table in circumstances.commands(statement, SetExpression):
        if may_rewrite(circumstances):
            yield Danger(
                RiskLevel.HIGH,
                f"computes {table}.{command.name} again for every row: rewrites {table} under an exclusive lock",
                breaks_older_code=True,
                table=table,
                loses=f"the values of {table}.{command.name} so far",
                safe_form=expand_contract.change_type(
                    table,
                    command.name,
                    known.type_name(known.column(circumstances, table, command.name)) or "your_type",
                    command.value,
                    is_computed=True,
                ),
            )


RULE = Rule("set_expression", check)
