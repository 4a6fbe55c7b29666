"""ADD COLUMN with REFERENCES (medium).

PostgreSQL takes ACCESS EXCLUSIVE on the table and SHARE ROW EXCLUSIVE on the table that is referred to, both until
COMMIT. With a default that is not NULL it also looks up every row in the other table meanwhile.

Who waits: every reader and writer of the table, and the writers of the other one.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import ForeignKey
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Two tables are locked; with a default both are read."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        for link in column.all_of(ForeignKey):
            other = link.target.shown
            work = " and looks up every row there" if column.default is not None and column.default.sql else ""
            yield Danger(
                RiskLevel.MEDIUM,
                f"{table}.{column.name} refers to {other}: PostgreSQL locks {table} for all other sessions and the "
                f"writers of {other}, both until COMMIT{work}",
                table=table,
                safe_form=columns.checked_afterwards(statement, command, table),
            )


RULE = Rule("add_column_with_foreign_key", check)
