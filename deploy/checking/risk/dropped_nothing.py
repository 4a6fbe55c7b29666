"""DROP … IF EXISTS that found nothing: what rules say of its text did not come true."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.evidence import PendingStatement
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AlterCommand, DropColumn, DropConstraint
from deploy.checking.statements.views import AlterTable, DropObjects
from deploy.model.risk import RiskLevel

# PostgreSQL's event triggers do not see these go.
NOT_SEEN = frozenset({"OBJECT_EVENT_TRIGGER"})
SAYS = "is not there: nothing is dropped"
Told = list[tuple[str, Danger]]


def without_what_was_not_there(told: Told, item: PendingStatement, statements: Sequence[Statement]) -> Told:
    """What the rules told; where the run saw that nothing went, one low danger instead of each.

    Args:
        item: what was run; what was not is left as it is told.
    """
    measured = item.measured
    if measured is None or measured.error or measured.unknown or measured.drops or len(statements) != 1:
        return told
    if not measured.is_in_transaction and measured.locks:
        return told  # CONCURRENTLY found something
    names = _guarded(statements[0])
    if not names:
        return told
    says = f"{', '.join(names)} {SAYS}"
    return [(rule, Danger(RiskLevel.LOW, says, table=danger.table)) for rule, danger in told[:1]]


def _guarded(statement: Statement) -> tuple[str, ...]:
    """What it drops, each only if it is there; empty where it does anything else as well."""
    view = statement.view
    if isinstance(view, DropObjects) and view.is_if_exists and view.kind not in NOT_SEEN:
        return view.names
    if isinstance(view, AlterTable) and view.commands and all(_is_guarded(command) for command in view.commands):
        return tuple(f"{view.table}.{command.name}" for command in view.commands)
    return ()


def _is_guarded(command: AlterCommand) -> bool:
    return isinstance(command, DropColumn | DropConstraint) and command.is_if_exists
