"""Columns that a statement makes, on new tables too: for advice, which is about types and not about rows."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.bookkeeping import ALEMBIC_TABLE
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import Column
from deploy.checking.statements.views import AlterTable, CreateTable


def new_columns(statement: Statement) -> Iterator[tuple[str, Column]]:
    """Each with its table's name; the bookkeeping's own table is not advised upon."""
    view = statement.view
    if not isinstance(view, CreateTable | AlterTable) or view.relation.name == ALEMBIC_TABLE:
        return
    if isinstance(view, CreateTable):
        yield from ((view.table, column) for column in view.columns)
    else:
        yield from ((view.table, command.column) for command in view.commands if isinstance(command, AddColumn))
