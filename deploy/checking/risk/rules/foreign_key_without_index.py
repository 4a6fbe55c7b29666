"""A foreign key whose column has no index (advice).

PostgreSQL indexes the side that is referred to, not this one. Each DELETE there, and each UPDATE of the key, then
reads this whole table to look for rows that refer to it.

Who waits: later, every DELETE and UPDATE on the table that is referred to.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import ForeignKey
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Only the schema tells which indexes there are."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        found = known.relation(circumstances, table)
        if not isinstance(constraint, ForeignKey) or not hasattr(found, "indexes"):
            continue
        wanted = list(constraint.columns)
        leading = [[c.name for c in index.columns[: len(wanted)] if c is not None] for index in found.indexes]
        if not any(sorted(names) == sorted(wanted) for names in leading):
            other = constraint.target.shown
            yield Danger(
                RiskLevel.ADVICE,
                f"no index of {table} begins with {', '.join(wanted)}: each DELETE on {other} reads all of {table}",
                table=table,
                safe_form=indexes.create_on_columns(table, wanted),
            )


RULE = Rule("foreign_key_without_index", check)
