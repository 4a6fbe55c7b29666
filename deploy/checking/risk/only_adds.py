"""Whether a statement only adds something: by its own words, not by the kind of danger that it is."""

from __future__ import annotations

from deploy.checking.risk.bookkeeping import is_bookkeeping
from deploy.checking.statements import Statement, read_statements
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.objects import (
    AddEnumValue,
    CreateFunction,
    CreateTrigger,
    CreateView,
    DefineObject,
    Grant,
)
from deploy.checking.statements.row_changes import Insert
from deploy.checking.statements.views import AlterTable

ADDING = frozenset({
    "create_stmt", "create_table_as_stmt", "create_schema_stmt", "create_seq_stmt", "create_enum_stmt",
    "create_domain_stmt", "create_range_stmt", "composite_type_stmt", "create_extension_stmt", "create_stats_stmt",
    "index_stmt", "create_publication_stmt",
})
# They change nothing that is kept.
NEUTRAL = frozenset({"transaction_stmt", "variable_set_stmt", "variable_show_stmt", "comment_stmt"})


def only_adds(sql: str) -> bool:
    """Of every statement in a text."""
    return all(is_bookkeeping(statement) or _adds(statement) for statement in read_statements(sql))


def _adds(statement: Statement) -> bool:
    view = statement.view
    if isinstance(view, Grant):
        return statement.kind == "grant_stmt" and not view.is_revoke
    if isinstance(view, CreateView | CreateFunction | CreateTrigger | DefineObject):
        return not view.is_replace
    if isinstance(view, Insert):
        return not view.is_upsert
    if isinstance(view, AlterTable):
        return all(isinstance(command, AddColumn) for command in view.commands)
    return statement.kind in ADDING | NEUTRAL or isinstance(view, AddEnumValue)
