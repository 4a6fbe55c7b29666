"""REPLICA IDENTITY (medium).

Decides which columns a subscriber is told of an UPDATE or DELETE. FULL writes the whole old row to the write-ahead
log; NOTHING makes UPDATE and DELETE fail on a table that is published.

Who waits: every reader and writer of the table for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.commands import ReplicaIdentity
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A lock without work."""
    for command, table in circumstances.commands(statement, ReplicaIdentity):
        nothing = command.is_nothing
        fate = "UPDATE and DELETE fail if it is published" if nothing else "subscribers are told other columns"
        yield Danger(
            RiskLevel.MEDIUM,
            f"changes what of {table} is replicated: {fate}",
            breaks_older_code=nothing,
            table=table,
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("change_replica_identity", check)
