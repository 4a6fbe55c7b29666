"""A change of rows, then a change of the same table, in one transaction (medium).

Deferred foreign keys and triggers wait for COMMIT with what they have to test; PostgreSQL then refuses to alter the
table ("pending trigger events"), and the migration fails. It may pass on a database where there was nothing to
change.

Who waits: sessions that write one of the changed rows, and then all sessions.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """It passes on an empty database, and fails on a full one."""
    table = next((name for _, name in circumstances.changes(statement)), "")
    if table and any(table in earlier.changed_tables for earlier in circumstances.earlier):
        yield Danger(
            RiskLevel.MEDIUM,
            f"alters {table} in the transaction that changed its rows: fails where a deferred foreign key or trigger "
            "is "
            "still pending",
            table=table,
            safe_form=tables.next_revision(statement_sql(statement)),
        )


RULE = Rule("alter_after_change_of_rows", check)
