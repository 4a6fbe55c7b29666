"""Work that is committed before the revision ends, and fails when it is tried again (medium).

autocommit_block() commits what stands before it, and so does a COMMIT of one's own. When something further on fails,
that stays, the revision is not stamped, and the next try meets a column or an index that exists already.

Who waits: no session; the next try fails until somebody cleans up by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.bookkeeping import is_bookkeeping
from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told, first_table
from deploy.checking.statements import Statement, read_statements
from deploy.checking.statements.commands import AddColumn, AddConstraint, AlterCommand
from deploy.checking.statements.objects import CreateExtension, CreateSchema, CreateSequence
from deploy.checking.statements.views import AlterTable, CreateIndex, CreateTable, DropObjects
from deploy.model.risk import RiskLevel

SAFE_FORM = """\
# Nothing else in a revision that has an autocommit_block(), and everything in it repeatable:
# IF NOT EXISTS / IF EXISTS, and DROP INDEX CONCURRENTLY IF EXISTS before CREATE INDEX CONCURRENTLY."""
GUARDED = (CreateIndex, CreateTable, CreateSequence, CreateSchema, CreateExtension)


def check(view: RevisionView) -> Iterator[Told]:
    """A statement that cannot be repeated, is committed by itself or before one that is, and has others behind it."""
    if len({item.transaction for item in view.own}) < 2 and all(item.transaction for item in view.own):  # noqa: PLR2004
        return
    parsed = [read_statements(item.sql) for item in view.own]
    at_end = view.own[-1].transaction
    last_alone = max(p for p, item in enumerate(view.own) if not item.transaction or item.transaction != at_end)
    last = max((p for p, found in enumerate(parsed) if not all(is_bookkeeping(s) for s in found)), default=-1)
    for position, item in enumerate(view.own[: last_alone + 1]):
        for statement in parsed[position]:
            made = statement.view
            is_index = isinstance(made, CreateIndex) and made.is_concurrent  # leaves one behind when it fails
            if _fails_again(statement) and (is_index or position < last):
                says = (
                    "is committed before the revision ends: when that fails further on, the next try fails here, "
                    "because what this makes is there already"
                )
                if isinstance(made, DropObjects):
                    says = says.replace("what this makes is there already", "what this drops is gone already")
                if is_index:
                    says = (
                        "when the build is cut off an invalid index stays, and the next try fails because it is there"
                    )
                yield Danger(RiskLevel.MEDIUM, says, table=first_table(item.sql), safe_form=SAFE_FORM), item
                return


def _fails_again(statement: Statement) -> bool:
    view = statement.view
    if isinstance(view, GUARDED):
        return not view.is_if_not_exists
    if isinstance(view, DropObjects):
        return not view.is_if_exists
    return isinstance(view, AlterTable) and any(_adds_again(command) for command in view.commands)


def _adds_again(command: AlterCommand) -> bool:
    is_new_column = isinstance(command, AddColumn) and not command.is_if_not_exists
    return is_new_column or isinstance(command, AddConstraint)


RULE = RunRule("not_repeatable", check)
