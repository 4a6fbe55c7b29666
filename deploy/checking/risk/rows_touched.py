"""How many of production's rows a DML statement may change."""

from __future__ import annotations

from deploy.checking.risk.bookkeeping import is_bookkeeping
from deploy.checking.risk.cascades import CHECKS, reached_by
from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.statements import Statement
from deploy.checking.statements.row_changes import Delete, Insert, Merge, Update

CHANGES = (Update, Delete, Merge)


def rows_touched(statement: Statement, present: Circumstances) -> int | None:
    """At most: a WHERE may spare some, but only production's data know how many. None where nothing is touched."""
    total = 0
    for change in statement.row_changes:
        if isinstance(change, CHANGES) and not present.is_new(change.table):
            total += present.rows(change.table) or 0
    total += sum(present.rows(table) or 0 for table in _by_foreign_keys(statement, present))
    return total or None


def changed_tables(statement: Statement, present: Circumstances) -> tuple[str, ...]:
    """Existing tables whose rows it changes or deletes, however many; one that is known to be empty is left out."""
    if is_bookkeeping(statement):
        return ()
    changes = [change for kind in CHANGES for change in statement.changes_of(kind)]
    upserts = [insert for insert in statement.changes_of(Insert) if insert.is_upsert]
    own = (change.table for change in (*changes, *upserts))
    names = dict.fromkeys((*own, *_by_foreign_keys(statement, present)))
    return tuple(name for name in names if not present.is_new(name) and not present.is_empty(name))


def _by_foreign_keys(statement: Statement, present: Circumstances) -> list[str]:
    """Tables whose rows go or change with it."""
    return [item.table for item in reached_by(statement, present) if item.does != CHECKS]
