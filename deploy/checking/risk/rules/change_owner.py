"""OWNER TO (medium).

Code that runs as the old owner keeps only what was granted to it by name, and can no longer alter the table.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects, tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.commands import ChangeOwner
from deploy.checking.statements.objects import ChangeObjectOwner
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The running code may be the old owner."""
    changed = statement.view
    if isinstance(changed, ChangeObjectOwner):
        says = (
            f"gives the {changed.word} {changed.name or 'an object'} to {changed.owner}: code that runs as its old "
            "owner "
            "may lose its rights"
        )
        yield Danger(RiskLevel.MEDIUM, says, breaks_older_code=True, safe_form=tables.alone(statement_sql(statement)))
    for command, table in circumstances.commands(statement, ChangeOwner):
        yield Danger(
            RiskLevel.MEDIUM,
            f"gives {table} to {command.owner}: code that runs as its old owner may lose its rights",
            breaks_older_code=True,
            table=table,
            safe_form=objects.owner_with_grants(table, statement_sql(statement)),
        )


RULE = Rule("change_owner", check)
