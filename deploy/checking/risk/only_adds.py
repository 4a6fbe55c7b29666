"""Whether a statement only adds something: by its own words, not by the kind of danger that it is."""

from __future__ import annotations

from deploy.checking.risk.bookkeeping import is_bookkeeping
from deploy.checking.statements import Statement, choice, enum_name, read_statements

ADDING = frozenset({
    "create_stmt", "create_table_as_stmt", "create_schema_stmt", "create_seq_stmt", "create_enum_stmt",
    "create_domain_stmt", "create_range_stmt", "composite_type_stmt", "create_extension_stmt", "create_stats_stmt",
    "index_stmt", "create_publication_stmt", "grant_stmt",
})
# They change nothing that is kept.
NEUTRAL = frozenset({"transaction_stmt", "variable_set_stmt", "variable_show_stmt", "comment_stmt"})
REPLACING = frozenset({"view_stmt", "create_function_stmt", "define_stmt", "create_trig_stmt"})
ADDING_COMMANDS = frozenset({"AT_AddColumn"})


def only_adds(sql: str) -> bool:
    """Of every statement in a text."""
    return all(is_bookkeeping(statement) or _adds(statement) for statement in read_statements(sql))


def _adds(statement: Statement) -> bool:
    kind, node = statement.kind, statement.node
    if kind in ADDING | NEUTRAL:
        return kind != "grant_stmt" or bool(node.is_grant)
    if kind in REPLACING:
        return not getattr(node, "replace", False)
    if kind == "insert_stmt":
        return choice(node.on_conflict_clause, "action") != "ONCONFLICT_UPDATE"
    if kind == "alter_table_stmt":
        return all(enum_name(command.alter_table_cmd, "subtype") in ADDING_COMMANDS for command in node.cmds)
    return kind == "alter_enum_stmt" and not node.old_val
