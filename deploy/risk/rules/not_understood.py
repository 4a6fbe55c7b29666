"""What cannot be judged counts as high: a revision is never fine because it could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Circumstances, Danger
from deploy.risk.statements import UNREADABLE, Statement

JUDGED_ELSEWHERE = {
    "drop_stmt", "alter_table_stmt", "truncate_stmt", "update_stmt", "delete_stmt", "insert_stmt", "index_stmt",
    "rename_stmt",
}
HARMLESS = {
    "create_stmt", "create_schema_stmt", "create_seq_stmt", "create_enum_stmt", "create_domain_stmt",
    "create_extension_stmt", "view_stmt", "comment_stmt", "transaction_stmt", "variable_set_stmt",
    "variable_show_stmt", "composite_type_stmt", "define_stmt", "vacuum_stmt",
}


def not_understood(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """DO blocks, calls, and every kind of statement that no rule knows."""
    if statement.kind in JUDGED_ELSEWHERE | HARMLESS:
        return
    if statement.kind == UNREADABLE:
        yield Danger("unreadable", RiskLevel.HIGH, "PostgreSQL's grammar cannot read this statement", True)
        return
    word = statement.kind.removesuffix("_stmt").replace("_", " ")
    yield Danger("not_judged", RiskLevel.HIGH, f"what `{word}` does is not judged: counts as high", True)
