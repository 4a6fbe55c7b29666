"""Work that is committed before the revision ends, and fails when it is tried again (medium).

autocommit_block() commits what stands before it. When something further on fails, that stays, the revision is not
stamped, and the next try meets a column or an index that exists already.

Who waits: nobody; the next try fails until somebody cleans up by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Danger
from deploy.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.risk.statements import Statement, enum_name, read_statements

SAFE_FORM = """\
# Nothing else in a revision that has an autocommit_block(), and everything in it repeatable:
# IF NOT EXISTS / IF EXISTS, and DROP INDEX CONCURRENTLY IF EXISTS before CREATE INDEX CONCURRENTLY."""
GUARDED = {
    "index_stmt": "if_not_exists", "create_stmt": "if_not_exists", "create_seq_stmt": "if_not_exists",
    "create_schema_stmt": "if_not_exists", "create_extension_stmt": "if_not_exists",
    "drop_stmt": "missing_ok",
}


def check(view: RevisionView) -> Iterator[Told]:
    """A statement that cannot be repeated, in a revision that commits before its end."""
    if all(item.transaction for item in view.own):
        return
    last_alone = max(position for position, item in enumerate(view.own) if not item.transaction)
    for position, item in enumerate(view.own):
        if position > last_alone:
            return
        for statement in read_statements(item.sql):
            if _fails_again(statement):
                yield Danger(
                    RiskLevel.MEDIUM, "is committed before the revision ends; after a failure further on, the next try "
                    "fails here", safe_form=SAFE_FORM,
                ), item
                return


def _fails_again(statement: Statement) -> bool:
    if statement.kind in GUARDED:
        return not getattr(statement.node, GUARDED[statement.kind])
    if statement.kind != "alter_table_stmt":
        return False
    commands = [command.alter_table_cmd for command in statement.node.cmds]
    return any(
        enum_name(command, "subtype") in {"AT_AddColumn", "AT_AddConstraint"} and not command.missing_ok
        for command in commands
    )


RULE = RunRule("not_repeatable", check)
