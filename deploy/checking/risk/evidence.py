"""What there is to judge: the statements of each pending revision, as they ran or as they were rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from deploy.checking.risk.bookkeeping import is_bookkeeping, is_version_row
from deploy.checking.statements import read_statements
from deploy.model.catalog_look import CatalogLook
from deploy.model.effects import Effects
from deploy.model.risk import RevisionSql
from deploy.model.trace import DowngradeTrial, TracedRevision, TracedRun, TracedStatement

CUT_OFF = "the upgrade did not run to its end"


@dataclass(frozen=True)
class PendingStatement:
    """One statement.

    Attributes:
        line: 0 where it is not known.
        transaction: a number; 0 where it stands alone.
        measured: None where it was not run.
        created_in: for relations that the run itself made: the revision that did.
        before: what the scratch server's catalog held around it, before it ran; None where it was not run or asked.
        is_unread: whether nobody gets the rows that it gives, `op.execute("SELECT …")`.
    """

    sql: str
    path: str
    line: int
    transaction: int
    measured: Effects | None = None
    created_in: Mapping[str, str] = field(default_factory=dict)
    before: CatalogLook | None = None
    is_unread: bool = False


@dataclass(frozen=True)
class PendingRevision:
    """One revision.

    Attributes:
        problem: why its statements are not all known; empty where they are.
        is_failure: whether PostgreSQL refused one of them.
        has_downgrade: None where that is not known.
        downgrade: what its downgrade did on the scratch server; None where it was not tried.
        no_downgrade: why it was not tried, where it was not.
        is_script: whether it is plain SQL: no program reads the rows that a query gives.
        reached: what it tried to reach beyond the scratch server.
        broken: writes that failed in a trigger once it had run, and did not before.
        is_rolled_back: whether nothing of it was there when the run had ended, though nothing failed.
    """

    revision_id: str
    message: str
    path: str
    statements: tuple[PendingStatement, ...]
    problem: str = ""
    is_failure: bool = False
    has_downgrade: bool | None = None
    downgrade: DowngradeTrial | None = None
    no_downgrade: str = ""
    is_script: bool = False
    reached: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    is_rolled_back: bool = False

    @property
    def has_work(self) -> bool:
        """Whether it does anything beside its own row in the version table: a merge of two branches does not."""
        parsed = [statement for item in self.statements for statement in read_statements(item.sql)]
        return bool(self.problem) or any(not is_bookkeeping(statement) for statement in parsed)


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
    run: TracedRun, texts: Sequence[PendingRevision], downgrades: Mapping[str, bool | None]
) -> tuple[PendingRevision, ...]:
    """A run under the watch; what it did not reach is taken from the text, so that nothing goes unjudged.

    Args:
        texts: every revision that was to run, oldest first, as its text tells it.
        downgrades: whether each revision has one.
    """
    ran: dict[str, list[TracedRevision]] = {}
    for revision in run.revisions:
        ran.setdefault(revision.revision_id, []).append(revision)
    last = run.revisions[-1].revision_id if run.revisions else ""
    after = max((s.transaction for revision in run.revisions for s in revision.statements), default=0)
    trials = {trial.revision_id: trial for trial in run.downgrades}
    found = []
    for text in texts:
        parts = ran.get(text.revision_id, [])
        seen = tuple(_seen(s, run) for part in parts for s in part.statements)
        is_cut_off = bool(run.error) and (not parts or text.revision_id == last)
        unseen = _not_reached(seen, text.statements, after) if is_cut_off else ()
        problem, is_failure = _problem(run, text, last, has_run=bool(parts))
        found.append(
            PendingRevision(
                text.revision_id, text.message, text.path, (*seen, *unseen), problem, is_failure,
                downgrades.get(text.revision_id), trials.get(text.revision_id),
                run.no_downgrades or (CUT_OFF if run.error else ""), text.is_script,
                tuple(what for part in parts for what in part.reached),
                tuple(what for part in parts for what in part.broken),
                any(part.is_rolled_back for part in parts),
            )
        )
    return tuple(found)


def _seen(statement: TracedStatement, run: TracedRun) -> PendingStatement:
    """As it ran; one that only this scratch server refused is judged by its text."""
    is_of_this_server = bool(run.error_here and statement.effects and statement.effects.error)
    return PendingStatement(
        statement.sql, statement.path, statement.line, statement.transaction,
        None if is_of_this_server else statement.effects, statement.created_in,
        None if is_of_this_server else statement.before, statement.is_unread,
    )


def _not_reached(
    seen: Sequence[PendingStatement], text: Sequence[PendingStatement], after: int
) -> tuple[PendingStatement, ...]:
    """What stands in the text behind the statement that failed; where that is not found, all that did not run.

    Args:
        after: the last number of a transaction that ran.
    """
    rest = list(text)
    failed = seen[-1] if seen else None
    at = _position(failed, text) if failed else None
    if at is not None:
        rest = rest[at + 1 :]
    else:
        ran = [_normal(item.sql) for item in seen]
        for item in text:
            if _normal(item.sql) in ran:
                ran.remove(_normal(item.sql))
                rest.remove(item)
    inside = text[at].transaction if at is not None else 0

    def number(item: PendingStatement) -> int:
        if failed is not None and item.transaction and item.transaction == inside:
            return failed.transaction
        return item.transaction and item.transaction + after

    return tuple(replace(item, transaction=number(item)) for item in rest if not _is_version_row(item))


def _is_version_row(item: PendingStatement) -> bool:
    """A run does not tell of Alembic's own row either."""
    return all(is_version_row(statement) for statement in read_statements(item.sql))


def _position(failed: PendingStatement, text: Sequence[PendingStatement]) -> int | None:
    """Where the text has the statement: by its words; offline its parameters are literals, so else by its line."""
    by_words = [at for at, item in enumerate(text) if _normal(item.sql) == _normal(failed.sql)]
    by_line = [at for at, item in enumerate(text) if failed.line and item.line == failed.line]
    both = [at for at in by_words if at in by_line]
    return next((found[-1] for found in (both, by_words, by_line) if len(found) == 1), None)


def _normal(sql: str) -> str:
    return " ".join(sql.split()).rstrip("; ")


def _problem(run: TracedRun, text: PendingRevision, last: str, *, has_run: bool) -> tuple[str, bool]:
    if not run.error:
        return ("" if has_run else "it did not run on the scratch server", False)
    if text.revision_id == last and run.error_here:
        return f"it could not be tried here: {run.error_here}", False
    if text.revision_id == last:
        return f"it fails on this schema: {run.error}", run.is_error_of_sql
    if has_run:
        return "", False
    why = f"{last} could not be tried here" if run.error_here else f"{last or 'the run'} failed before it"
    unread = f"; {text.problem}" if text.problem else "; its text was read"
    return f"it was not tried, because {why}{unread}", False
