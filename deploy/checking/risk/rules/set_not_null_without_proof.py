"""ALTER COLUMN SET NOT NULL (high; medium where a validated CHECK proves it).

PostgreSQL reads the whole table under ACCESS EXCLUSIVE to find a NULL, and fails on the first one. Where a CHECK
(column IS NOT NULL) was validated before, it believes that and reads nothing. A CHECK that is still NOT VALID does
not help.

Who waits: every reader and writer of the table, for as long as it takes to read all of its rows. Code that writes
NULL fails afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import may_scan
from deploy.checking.risk.safe_forms import not_null
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import SetNotNull
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Without proof PostgreSQL scans the table under an exclusive lock, and fails on the first null."""
    for command, table in circumstances.commands(statement, SetNotNull):
        column = f"{table}.{command.name}"
        if circumstances.is_proven_not_null(table, command.name):
            says = f"{column} becomes NOT NULL, proven by a validated CHECK: older code must not write null"
            form = not_null.set_proven_not_null(table, command.name)
            yield Danger(RiskLevel.MEDIUM, says, breaks_older_code=True, table=table, safe_form=form)
        elif not may_scan(circumstances):
            says = (
                f"{column} becomes NOT NULL: a validated CHECK proves it, nothing is scanned; older code must not "
                "write null"
            )
            form = not_null.set_proven_not_null(table, command.name)
            yield Danger(RiskLevel.MEDIUM, says, breaks_older_code=True, table=table, safe_form=form)
        else:
            nulls = "" if circumstances.is_empty(table) else "fails on existing nulls, and "
            says = f"{column} becomes NOT NULL: {nulls}scans {table} under an exclusive lock"
            form = not_null.set_not_null(table, command.name, circumstances.server_major)
            yield Danger(RiskLevel.HIGH, says, breaks_older_code=True, table=table, safe_form=form)


RULE = Rule("set_not_null_without_proof", check)
