"""What a downgrade makes anew: the column or table is there again, what it held is not. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.checking.statements import read_statements
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.views import AlterTable, CreateTable
from deploy.model.risk import RevisionSql


def comes_back_empty(rendered: Sequence[RevisionSql]) -> tuple[str, ...]:
    """One sentence a column or table that these downgrades create."""
    found = []
    for sql in rendered:
        for statement in read_statements(sql.sql or ""):
            view = statement.view
            if isinstance(view, CreateTable):
                found.append(f"{view.table} comes back without its rows")
            if not isinstance(view, AlterTable):
                continue
            for command in view.commands:
                if isinstance(command, AddColumn):
                    column = f"{view.table}.{command.column.name}"
                    found.append(f"{column} comes back empty, or with its default: not with what it held")
    return tuple(dict.fromkeys(found))
