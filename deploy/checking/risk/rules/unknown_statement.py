"""DO, CALL, a query with functions, and every kind of statement that no rule knows (high).

What a block or a function does is decided when it runs. The scratch server shows what it did there; on production's
rows it may do something else. What is not known is never taken for harmless.

Who waits: not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import calls, is_worked_out
from deploy.checking.statements import UNREADABLE, Statement
from deploy.model.effects import Effects
from deploy.model.risk import RiskLevel

JUDGED_ELSEWHERE = frozenset(
    {
        UNREADABLE,
        "drop_stmt",
        "dropdb_stmt",
        "drop_owned_stmt",
        "alter_table_stmt",
        "truncate_stmt",
        "update_stmt",
        "delete_stmt",
        "insert_stmt",
        "merge_stmt",
        "index_stmt",
        "rename_stmt",
        "alter_enum_stmt",
        "drop_role_stmt",
        "reassign_owned_stmt",
        "alter_object_schema_stmt",
        "alter_owner_stmt",
        "alter_domain_stmt",
        "alter_seq_stmt",
        "cluster_stmt",
        "copy_stmt",
        "create_policy_stmt",
        "alter_policy_stmt",
        "create_trig_stmt",
        "lock_stmt",
        "refresh_mat_view_stmt",
        "reindex_stmt",
        "rule_stmt",
        "alter_table_move_all_stmt",
        "alter_function_stmt",
    }
)
HARMLESS = frozenset(
    {
        "create_stmt",
        "create_table_as_stmt",
        "create_schema_stmt",
        "create_seq_stmt",
        "create_enum_stmt",
        "create_domain_stmt",
        "create_extension_stmt",
        "view_stmt",
        "comment_stmt",
        "transaction_stmt",
        "variable_show_stmt",
        "composite_type_stmt",
        "define_stmt",
        "create_stats_stmt",
        "create_function_stmt",
        "vacuum_stmt",
        "grant_stmt",
        "create_range_stmt",
        "constraints_set_stmt",
        "create_publication_stmt",
        "sec_label_stmt",
        "notify_stmt",
        "listen_stmt",
        "unlisten_stmt",
        "discard_stmt",
    }
)
# Told by a rule of its own: it switches off triggers and foreign keys.
SETTINGS_JUDGED_ELSEWHERE = frozenset({"session_replication_role"})
OF_SEQUENCES = frozenset(
    {
        "setval",
        "nextval",
        "currval",
        "max",
        "coalesce",
        "greatest",
        "count",
        "pg_get_serial_sequence",
    }
)


# What they do shows in their effects, where those are known.
ASKED_FOR_EFFECTS = frozenset({"select_stmt", "explain_stmt"})
MAY_BE_MEASURED = ASKED_FOR_EFFECTS | {"do_stmt", "call_stmt", "execute_stmt"}


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """A revision is never fine because nobody knows what it does."""
    if statement.kind in JUDGED_ELSEWHERE | HARMLESS or _is_judged(statement) or _is_seen(statement, circumstances):
        return
    word = statement.kind.removesuffix("_stmt").replace("_", " ").upper()
    says = f"what {word} does depends on what it meets in production, and nothing here says it: counts as high"
    if statement.kind not in MAY_BE_MEASURED:
        says = f"no rule knows what {word} does: counts as high"
    yield Danger(RiskLevel.HIGH, says, breaks_older_code=True, is_unknown=True)


def _is_seen(statement: Statement, circumstances: Circumstances) -> bool:
    """A query whose functions are all known; or one that ran, and touched no table on which it could depend."""
    if statement.is_plan_only:
        return True
    if statement.kind in ASKED_FOR_EFFECTS and _is_understood(statement, circumstances):
        return True
    if not circumstances.is_measured or statement.kind not in MAY_BE_MEASURED:
        return False
    return is_worked_out(circumstances) and circumstances.effects == Effects()


def _is_understood(statement: Statement, circumstances: Circumstances) -> bool:
    """Rows that a query changes inside WITH are other rules' matter; what they set off (triggers) is production's."""
    schema = circumstances.schema
    if schema is None:
        return False
    if statement.row_changes and not calls(statement) - AGGREGATES:
        return True
    return schema.understands(statement)


def _is_judged(statement: Statement) -> bool:
    """Kinds that depend on a word."""
    if statement.kind == "variable_set_stmt":
        return True
    if statement.kind in {"grant_role_stmt", "alter_default_privileges_stmt"}:
        return True
    called = calls(statement) if statement.kind == "select_stmt" else set()
    return "setval" in called and called <= OF_SEQUENCES


AGGREGATES = frozenset({"count", "max", "min", "sum", "coalesce"})

RULE = Rule("unknown_statement", check)
