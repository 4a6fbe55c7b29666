"""DO blocks, calls, and every kind of statement that no rule knows count as high."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import UNREADABLE, Statement

JUDGED_ELSEWHERE = frozenset({
    UNREADABLE, "drop_stmt", "dropdb_stmt", "drop_owned_stmt", "alter_table_stmt", "truncate_stmt", "update_stmt",
    "delete_stmt", "insert_stmt", "merge_stmt", "index_stmt", "rename_stmt", "alter_enum_stmt",
})
HARMLESS = frozenset({
    "create_stmt", "create_table_as_stmt", "create_schema_stmt", "create_seq_stmt", "create_enum_stmt",
    "create_domain_stmt", "create_extension_stmt", "view_stmt", "comment_stmt", "transaction_stmt",
    "variable_show_stmt", "composite_type_stmt", "define_stmt", "create_stats_stmt",
})
# Switches off triggers and foreign keys.
DANGEROUS_SETTINGS = frozenset({"session_replication_role"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """A revision is never fine because nobody knows what it does."""
    if statement.kind in JUDGED_ELSEWHERE | HARMLESS or _is_harmless(statement):
        return
    word = statement.kind.removesuffix("_stmt").replace("_", " ")
    says = f"what `{word}` does is not judged: counts as high"
    yield Danger(RiskLevel.HIGH, says, breaks_older_code=True, is_unknown=True)


def _is_harmless(statement: Statement) -> bool:
    """Kinds that depend on a word."""
    if statement.kind == "variable_set_stmt":
        return str(statement.node.name).lower() not in DANGEROUS_SETTINGS
    if statement.kind == "vacuum_stmt":
        return all(option.def_elem.defname != "full" for option in statement.node.options)
    return statement.kind == "grant_stmt" and bool(statement.node.is_grant)


RULE = Rule("unknown_statement", check)
