"""ADD COLUMN of a domain that has a CHECK or NOT NULL (high).

PostgreSQL must test the domain's condition for every row, even for NULL, and does so by rewriting the whole table and
all of its indexes, in every version from 11 to 18. A domain without conditions, or its base type with a CHECK of the
table, costs nothing.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import may_rewrite
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Only the schema, or a measurement, tells a domain from any other type."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        domain = known.user_type(circumstances, list(column.column_type.names))
        if domain is None or domain.kind != "domain" or not domain.has_constraints:
            continue
        if may_rewrite(circumstances):
            base = domain.base.name if domain.base is not None else "your_base_type"
            yield Danger(
                RiskLevel.HIGH,
                f"{table}.{column.name} is of the domain {domain.shown}, which has conditions: PostgreSQL rewrites "
                f"{table} under an exclusive lock to test them",
                table=table,
                safe_form=columns.check_of_domain(command, table, base),
            )


RULE = Rule("add_column_of_constrained_domain", check)
