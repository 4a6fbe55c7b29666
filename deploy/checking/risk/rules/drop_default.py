"""ALTER COLUMN DROP DEFAULT (medium).

Code that leaves the column out inserts NULL from now on, or fails where the column is NOT NULL. The running release
may be such code.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, quoted, quoted_table
from deploy.checking.statements.commands import DropDefault
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Older code that leaves the column out inserts null from now on, or fails on NOT NULL."""
    for command, table in circumstances.commands(statement, DropDefault):
        yield Danger(
            RiskLevel.MEDIUM,
            f"{table}.{command.name} loses its default: code that leaves it out may fail",
            breaks_older_code=True,
            table=table,
            safe_form=tables.later(
                f"ALTER TABLE {quoted_table(table)} ALTER COLUMN {quoted(command.name)} DROP DEFAULT",
                "the default",
            ),
        )


RULE = Rule("drop_default", check)
