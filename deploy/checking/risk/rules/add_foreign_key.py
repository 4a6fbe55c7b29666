"""ADD FOREIGN KEY that is checked at once (medium).

PostgreSQL takes SHARE ROW EXCLUSIVE on both tables, and looks up every row of the one in the other meanwhile. It
fails on the first row without a partner. NOT VALID spares the old rows at first, so both locks last an instant;
VALIDATE looks them up later and blocks no session.

Who waits: the writers of both tables, for as long as every row is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import ForeignKey
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Both tables' writers wait while every row is looked up."""
    for command, table in circumstances.commands(statement, AddConstraint):
        constraint = command.constraint
        if not isinstance(constraint, ForeignKey) or constraint.is_not_valid:
            continue
        other = constraint.target.shown
        name = constraints.constraint_name(constraint, table)
        fails = "" if circumstances.is_empty(table) else f"; fails on a row without its partner in {other}"
        yield Danger(
            RiskLevel.MEDIUM,
            f"{name} looks up every row of {table} in {other} while no other session can write to either{fails}",
            breaks_older_code=True,
            table=table,
            safe_form=_safe_form(statement, command, table, circumstances),
        )


def _safe_form(statement: Statement, command: AddConstraint, table: str, circumstances: Circumstances) -> str:
    """NOT VALID is refused on a partitioned table before PostgreSQL 18: there each partition gets its own."""
    if known.is_partitioned(circumstances, table) and circumstances.server_major < NOT_VALID_ON_PARTITIONED:
        return constraints.on_partitions(statement, command, known.partitions(circumstances, table))
    return constraints.not_valid(statement, command, table)


NOT_VALID_ON_PARTITIONED = 18


RULE = Rule("add_foreign_key", check)
