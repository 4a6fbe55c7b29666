"""ADD COLUMN IF NOT EXISTS (low).

If the column already exists, nothing is added, but ACCESS EXCLUSIVE is still taken, and a column of another type or
without the default is not noticed. A migration that is stamped need not ask.

Who waits: every reader and writer of the table, for an instant once the lock is granted.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The lock comes before the look."""
    for command, table in circumstances.commands(statement, AddColumn):
        if command.is_if_not_exists:
            name = command.column.name
            yield Danger(
                RiskLevel.LOW,
                f"locks {table} even where {name} exists already, and then keeps that column whatever its type is",
                table=table,
                safe_form=columns.add_if_missing(statement, command, table),
            )


RULE = Rule("add_column_if_not_exists_locks_anyway", check)
