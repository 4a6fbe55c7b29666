"""ALTER COLUMN DROP EXPRESSION (medium).

A generated column becomes an ordinary one: its values stay, but nobody computes new ones, unless the code does.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement
from deploy.checking.statements.rewriting import alter_sql
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The running code does not fill the column."""
    for command, table in circumstances.changes(statement, "AT_DropExpression"):
        yield Danger(
            RiskLevel.MEDIUM,
            f"{table}.{command.name} is no longer computed: rows of code that does not fill it get NULL",
            breaks_older_code=True,
            table=table,
            safe_form=tables.later(
                alter_sql(statement, command),
                "the computed value (a release that fills the column runs already)",
            ),
        )


RULE = Rule("drop_expression", check)
