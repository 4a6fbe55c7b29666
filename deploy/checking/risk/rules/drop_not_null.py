"""ALTER COLUMN DROP NOT NULL (low).

Instant, and no row changes. But from now on the column may hold NULL, and a release that was written when it could
not may read one.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, quoted, quoted_table
from deploy.checking.statements.commands import DropNotNull
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Harmless as long as only code that knows of it writes null."""
    for command, table in circumstances.commands(statement, DropNotNull):
        yield Danger(
            RiskLevel.LOW,
            f"{table}.{command.name} may be NULL from now on: older code may read what it does not expect",
            table=table,
            safe_form=tables.alone(
                f"ALTER TABLE {quoted_table(table)} ALTER COLUMN {quoted(command.name)} DROP NOT NULL"
            ),
        )


RULE = Rule("drop_not_null", check)
