"""Rows that belong to the migration itself, not to the application's users."""

from __future__ import annotations

from deploy.checking.statements import Statement
from deploy.checking.statements.row_changes import Delete, Insert, Update

ALEMBIC_TABLE = "alembic_version"
VERSION_COLUMN = "version_num"
# One-row tables by which a schema itself says which releases may still serve it: a revision that
# updates one takes something away from older releases. The reference application has such a table.
CONTRACT_MARKER_TABLES = frozenset({"schema_window"})

_OWN_CHANGES = (Insert, Update, Delete)


def is_bookkeeping(statement: Statement) -> bool:
    """Whether the statement changes such rows, and nothing else on the way."""
    change = statement.view
    if not isinstance(change, _OWN_CHANGES):
        return False
    is_marker = change.relation.name in CONTRACT_MARKER_TABLES and not isinstance(change, Delete)
    if not is_marker and not is_version_row(statement):
        return False
    return sum(isinstance(inner, _OWN_CHANGES) for inner in statement.row_changes) == 1


def is_version_row(statement: Statement) -> bool:
    """Whether it is Alembic's own change of its version table."""
    change = statement.view
    if not isinstance(change, _OWN_CHANGES):
        return False
    return change.relation.name == ALEMBIC_TABLE or _columns(statement, change) == [VERSION_COLUMN]


def _columns(statement: Statement, change: Insert | Update | Delete) -> list[str]:
    """Those that it writes, or names to find rows.

    Whatever name env.py gave the table: in Alembic's own words for its row there is nothing but `version_num`.
    """
    if isinstance(change, Insert):
        return list(change.columns)
    if isinstance(change, Update):
        return [assignment.column for assignment in change.assignments]
    return sorted(statement.column_names)


def marks_contract(statement: Statement) -> bool:
    """Whether the schema itself declares that older releases may no longer serve it."""
    return isinstance(statement.view, Update) and statement.view.relation.name in CONTRACT_MARKER_TABLES
