"""Work that is committed before the revision ends, and fails when it is tried again (medium).

autocommit_block() commits what stands before it. When something further on fails, that stays, the revision is not
stamped, and the next try meets a column or an index that exists already.

Who waits: nobody; the next try fails until somebody cleans up by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.bookkeeping import is_bookkeeping
from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told, first_table
from deploy.checking.statements import Statement, enum_name, read_statements
from deploy.model.risk import RiskLevel

SAFE_FORM = """\
# Nothing else in a revision that has an autocommit_block(), and everything in it repeatable:
# IF NOT EXISTS / IF EXISTS, and DROP INDEX CONCURRENTLY IF EXISTS before CREATE INDEX CONCURRENTLY."""
GUARDED = {
    "index_stmt": "if_not_exists", "create_stmt": "if_not_exists", "create_seq_stmt": "if_not_exists",
    "create_schema_stmt": "if_not_exists", "create_extension_stmt": "if_not_exists",
    "drop_stmt": "missing_ok",
}


def check(view: RevisionView) -> Iterator[Told]:
    """A statement that cannot be repeated, is committed by itself or before one that is, and has others behind it."""
    if all(item.transaction for item in view.own):
        return
    parsed = [read_statements(item.sql) for item in view.own]
    last_alone = max(position for position, item in enumerate(view.own) if not item.transaction)
    last = max((p for p, found in enumerate(parsed) if not all(is_bookkeeping(s) for s in found)), default=-1)
    for position, item in enumerate(view.own[: last_alone + 1]):
        for statement in parsed[position]:
            is_index = statement.kind == "index_stmt" and statement.node.concurrent  # leaves one behind when it fails
            if _fails_again(statement) and (is_index or position < last):
                says = (
                    "is committed before the revision ends: when that fails further on, the next try fails here, "
                    "because what this makes is there already"
                )
                if statement.kind == "drop_stmt":
                    says = says.replace("what this makes is there already", "what this drops is gone already")
                if is_index:
                    says = (
                        "when the build is cut off an invalid index stays, and the next try fails because it is there"
                    )
                yield Danger(RiskLevel.MEDIUM, says, table=first_table(item.sql), safe_form=SAFE_FORM), item
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
