"""INHERIT, NO INHERIT (medium).

Queries of the parent see the child's rows from then on, or no longer see them.

Who waits: every reader and writer of the child for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.commands import ChangeInheritance
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Other rows for code that reads the parent."""
    for command, table in circumstances.commands(statement, ChangeInheritance):
        parent = command.parent.shown
        word = "show" if command.kind == "AT_AddInherit" else "no longer show"
        yield Danger(
            RiskLevel.MEDIUM,
            f"queries of {parent} {word} the rows of {table}",
            breaks_older_code=True,
            table=table,
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("change_inheritance", check)
