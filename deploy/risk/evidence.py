"""What there is to judge: the statements of each pending revision, as they ran or as they were rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploy.model.effects import Effects
from deploy.model.risk import RevisionSql
from deploy.model.trace import TracedRevision, TracedRun
from deploy.risk.statements import read_statements


@dataclass(frozen=True)
class PendingStatement:
    """One statement.

    Attributes:
        line: 0 where it is not known.
        transaction: a number; 0 where it stands alone.
        measured: None where it was not run.
        created_in: for relations that the run itself made: the revision that did.
    """

    sql: str
    path: str
    line: int
    transaction: int
    measured: Effects | None = None
    created_in: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PendingRevision:
    """One revision.

    Attributes:
        problem: why its statements are not all known; empty where they are.
        is_failure: whether PostgreSQL refused one of them.
        has_downgrade: None where that is not known.
    """

    revision_id: str
    message: str
    path: str
    statements: tuple[PendingStatement, ...]
    problem: str = ""
    is_failure: bool = False
    has_downgrade: bool | None = None


def from_rendered(revision_sqls: Sequence[RevisionSql]) -> tuple[PendingRevision, ...]:
    """Alembic's offline SQL; BEGIN and COMMIT in it tell the transactions."""
    counter = _Transactions()
    found = []
    for item in revision_sqls:
        pieces = item.pieces or ((0, item.sql or ""),)
        statements = [] if item.sql is None else _split(pieces, item.path, counter)
        problem = f"its SQL could not be rendered: {item.problem}" if item.sql is None else item.problem
        found.append(
            PendingRevision(
                item.revision_id, item.message, item.path, tuple(statements), problem, has_downgrade=item.has_downgrade
            )
        )
    return tuple(found)


class _Transactions:
    """Numbers transactions as BEGIN and COMMIT come by; outside of them a statement stands alone."""

    def __init__(self) -> None:
        self.current = 0
        self._last = 0

    def see(self, kind: str, word: str) -> None:
        if kind != "transaction_stmt":
            return
        if word.upper().startswith(("BEGIN", "START")):
            self._last += 1
            self.current = self._last
        elif word.upper().startswith(("COMMIT", "END", "ROLLBACK", "ABORT")) and " TO " not in word.upper():
            self.current = 0


def _split(pieces: Sequence[tuple[int, str]], path: str, counter: _Transactions) -> list[PendingStatement]:
    found = []
    for line, text in pieces:
        for statement in read_statements(text):
            counter.see(statement.kind, statement.text)
            if statement.kind != "transaction_stmt":
                found.append(PendingStatement(statement.full_text, path, line, counter.current))
    return found


def from_trace(
    run: TracedRun, expected: Sequence[tuple[str, str, str]], downgrades: Mapping[str, bool | None]
) -> tuple[PendingRevision, ...]:
    """A run under the watch.

    Args:
        expected: id, message and path of every revision that was to run, oldest first.
        downgrades: whether each revision has one.
    """
    ran: dict[str, list[TracedRevision]] = {}
    for revision in run.revisions:
        ran.setdefault(revision.revision_id, []).append(revision)
    last = run.revisions[-1].revision_id if run.revisions else ""
    found = []
    for revision_id, message, path in expected:
        parts = ran.get(revision_id, [])
        problem, is_failure = _problem(run, revision_id, last, has_run=bool(parts))
        statements = tuple(
            PendingStatement(s.sql, s.path, s.line, s.transaction, s.effects, s.created_in)
            for part in parts for s in part.statements
        )
        found.append(
            PendingRevision(
                revision_id, message, path, statements, problem, is_failure, downgrades.get(revision_id)
            )
        )
    return tuple(found)


def _problem(run: TracedRun, revision_id: str, last: str, *, has_run: bool) -> tuple[str, bool]:
    if not run.error:
        return ("" if has_run else "it did not run on the scratch server", False)
    if revision_id == last:
        return f"it fails on this schema: {run.error}", run.is_error_of_sql
    return ("" if has_run else f"it was not tried: {last or 'the run'} failed before it", False)
