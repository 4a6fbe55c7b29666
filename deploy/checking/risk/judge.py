"""The judgement of what is pending: rules over what each statement does, with the seeds' table (M1) as a floor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from deploy.checking.risk.always_told import told_anyway
from deploy.checking.risk.bookkeeping import is_bookkeeping, marks_contract
from deploy.checking.risk.cascades import reached_by
from deploy.checking.risk.catalog_schema import CatalogSchema
from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.compare import compare, keep_old, with_held_locks
from deploy.checking.risk.danger import Danger
from deploy.checking.risk.dropped_nothing import without_what_was_not_there
from deploy.checking.risk.estimate import estimate_seconds
from deploy.checking.risk.evidence import PendingRevision, PendingStatement
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.finding import finding_of
from deploy.checking.risk.held_again import held_again
from deploy.checking.risk.ignores import apply_ignores
from deploy.checking.risk.rows_touched import changed_tables, rows_touched
from deploy.checking.risk.rules import RULES, unknown_statement
from deploy.checking.risk.run_rules import RevisionView, revision_dangers
from deploy.checking.risk.schema_around import SchemaAround
from deploy.checking.risk.text_reader import NOTHING_PREDICTED, text_reader
from deploy.checking.risk.waiting import wait_of
from deploy.checking.risk.work_under_lock import level_of_work
from deploy.checking.statements import Statement, read_statements
from deploy.model.check import Baseline, CheckedStatement
from deploy.model.effects import Effects, RelationLock
from deploy.model.locks import LockMode
from deploy.model.rates import Rates
from deploy.model.releases import RevisionKind
from deploy.model.risk import Finding, RevisionRisk, RiskLevel, RiskReport

# As much as TRUNCATE does.
EMPTYING_RULES = frozenset({"delete_without_where"})


@dataclass(frozen=True)
class Judged:
    """The report, and every statement beside it."""

    report: RiskReport
    statements: tuple[CheckedStatement, ...]


def judge_run(revisions: Sequence[PendingRevision], facts: Facts) -> Judged:
    """Judge every revision, oldest first; what the run itself makes holds nothing that could be lost.

    An empty database has nothing to lose: every level is LOW there, the kinds stay.
    """
    return _Judge(facts).run(revisions)


class _Judge:
    """One pass over a run; each statement is judged by what those before it made true."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._reader = text_reader(facts.schema_sql, facts.server_major, facts.time_zone)
        self._present = replace(
            Circumstances.at_start(facts.existing_tables), sizes=facts.sizes, server_major=facts.server_major,
            lock_timeout=facts.lock_timeout,
        )
        self._statements: list[CheckedStatement] = []
        self._own: set[str] = set()  # revisions of this run, as far as what they made counts as new
        self._transaction = 0

    def run(self, revisions: Sequence[PendingRevision]) -> Judged:
        judged = []
        for revision in revisions:
            if self._facts.baseline is Baseline.REVISION:
                self._own.clear()
                self._present = self._present.all_existing()
            self._own.add(revision.revision_id)
            risk = self._judge_revision(revision)
            if self._facts.is_empty:
                risk = RevisionRisk(
                    risk.revision_id, risk.message, RiskLevel.LOW, risk.kind, (), risk.path, frozenset(),
                    failure=risk.failure,
                )
            judged.append(risk)
        return Judged(RiskReport(tuple(judged)), tuple(self._statements))

    def _judge_revision(self, revision: PendingRevision) -> RevisionRisk:
        self._reader.begin(revision.revision_id)
        parsed = [(item, read_statements(item.sql)) for item in revision.statements]
        every = tuple(statement for _, statements in parsed for statement in statements)
        self._present = replace(self._present.before(every), shows_rows=revision.is_script)
        first = len(self._statements)
        dangers: list[Danger] = []
        findings: list[Finding] = []
        for item, statements in parsed:
            for danger, finding in self._judge_item(revision, item, statements):
                dangers.append(danger)
                findings.append(finding)
        view = RevisionView(revision, tuple(self._statements), first, every, self._facts, self._present)
        for rule_name, danger, checked in revision_dangers(view):
            dangers.append(danger)
            findings.append(finding_of(rule_name, danger, revision, checked, self._present))
        return self._sum_up(revision, dangers, findings, every, self._statements[first:])

    def _sum_up(
        self, revision: PendingRevision, dangers: Sequence[Danger], findings: Sequence[Finding],
        every: Sequence[Statement], checked: Sequence[CheckedStatement],
    ) -> RevisionRisk:
        kept, unused = apply_ignores(revision, findings, self._facts.ignores.get(revision.revision_id, ()))
        unread = [f for d, f in zip(dangers, findings, strict=True) if d.is_unknown and any(f is k for k in kept)]
        breaking = [f for d, f in zip(dangers, findings, strict=True) if d.breaks_older_code and not d.is_unknown]
        failing = [f for d, f in zip(dangers, findings, strict=True) if d.is_failure]
        shown = tuple(f for f in (*kept, *unused) if f.level > RiskLevel.ADVICE or self._facts.has_advice)
        level = max((finding.level for finding in shown), default=RiskLevel.LOW)
        return RevisionRisk(
            revision.revision_id, revision.message, max(level, RiskLevel.LOW), _kind(dangers, every), shown,
            revision.path, _kinds_of_danger(dangers, {finding.rule for finding in findings}, checked), _first(unread),
            _first(breaking), _first(failing),
        )

    def _judge_item(
        self, revision: PendingRevision, item: PendingStatement, statements: Sequence[Statement]
    ) -> Iterator[tuple[Danger, Finding]]:
        if item.transaction != self._transaction or item.transaction == 0:
            self._present = replace(self._present, held={}, held_tables=frozenset(), earlier=())
            self._transaction = item.transaction
        before = replace(self._present, schema=self._schema_around(item))
        again = tuple(lock for statement in statements for lock in held_again(statement, before.schema, before.held))
        heard = [self._hear(item, statement, before.schema, again) for statement in statements]
        predicted = _merged([predicted for predicted, _ in heard])
        checked = self._check(revision, item, statements, predicted, again, before)
        self._statements.append(checked)
        known = [pair for _, told in heard for pair in without_what_was_not_there(told, item, statements)]
        is_own = all(is_bookkeeping(statement) for statement in statements)
        rest = [] if is_own else told_anyway(checked, [d for _, d in known], self._facts.long_hold_seconds)
        for rule_name, danger in (*known, *rest):
            raised = self._raised(danger, checked)
            yield raised, finding_of(rule_name, raised, revision, checked, before)
        self._present = self._present.holding(checked.effects, statements)

    def _schema_around(self, item: PendingStatement) -> SchemaAround | None:
        """Of what ran the scratch server's catalog tells it; of the rest the texts before, as far as they are read."""
        return CatalogSchema(item.before) if item.before is not None else self._reader.schema

    def _hear(
        self, item: PendingStatement, statement: Statement, schema: SchemaAround | None, again: Sequence[RelationLock]
    ) -> tuple[Effects, list[tuple[str, Danger]]]:
        """What it does, and what the rules say of it on the schema before it; the schema then follows."""
        predicted = self._reader.predict(statement, item.transaction)
        effects = self._counted(item, predicted, again, self._present)
        present = replace(self._present, effects=effects, is_measured=item.measured is not None, schema=schema)
        told = [] if is_bookkeeping(statement) else [
            *((rule.name, danger) for rule in RULES for danger in rule.check(statement, present)),
            *_neither_run_nor_read(item, predicted),
        ]
        self._reader.follow(statement)
        self._present = self._present.after(statement)
        return predicted, told

    def _counted(
        self, item: PendingStatement, predicted: Effects, again: Sequence[RelationLock], before: Circumstances
    ) -> Effects:
        """What counts: the measurement where there is one, without relations that the run itself made."""
        def is_new(name: str) -> bool:
            return item.created_in.get(name) in self._own or before.is_new(name)

        source = predicted if item.measured is None else with_held_locks(item.measured, again, before.held)
        return keep_old(source, is_new)

    def _check(
        self, revision: PendingRevision, item: PendingStatement, statements: Sequence[Statement], predicted: Effects,
        again: Sequence[RelationLock], before: Circumstances,
    ) -> CheckedStatement:
        effects = self._counted(item, predicted, again, before)
        seconds = estimate_seconds(effects, before, self._facts.rates)
        touched = sum(filter(None, (rows_touched(statement, before) for statement in statements))) or None
        changed = tuple(dict.fromkeys(table for statement in statements for table in changed_tables(statement, before)))
        searched = [_search_seconds(statement, before, self._facts.rates) for statement in statements]
        waits = [wait_of(statement, before.schema) for statement in statements]
        rows = [before.rows(table) for table in changed]
        seconds = _together(
            seconds, None if None in rows else (touched or 0) / self._facts.rates.change_rows,
            *(wait.seconds for wait in waits), *searched,
        )
        source = with_held_locks(item.measured, again, before.held) if item.measured else None
        return CheckedStatement(
            revision.revision_id, item.path, item.line, item.sql, item.transaction, item.measured, predicted, effects,
            compare(predicted, source), seconds, touched, changed, _held(before), any(wait.is_any for wait in waits),
        )

    def _raised(self, danger: Danger, checked: CheckedStatement) -> Danger:
        """The danger, at the level of the work that goes on under its lock."""
        work = level_of_work(checked, self._facts.long_hold_seconds)
        is_about_the_work = danger.table and _holds_table(checked, danger.table)
        if is_about_the_work and work > danger.level > RiskLevel.LOW and checked.is_long:
            return replace(danger, level=work)
        return danger


def _neither_run_nor_read(item: PendingStatement, predicted: Effects) -> Iterator[tuple[str, Danger]]:
    """What the run did not reach, or did not see, in an installation that reads nothing from text."""
    if item.measured is None and predicted.unknown == NOTHING_PREDICTED:
        says = f"it was not tried, and {NOTHING_PREDICTED}: counts as high"
        yield unknown_statement.RULE.name, Danger(RiskLevel.HIGH, says, breaks_older_code=True, is_unknown=True)


def _together(*seconds: float | None) -> float | None:
    """None where one of them is not known."""
    known = [item for item in seconds if item is not None]
    return sum(known) if len(known) == len(seconds) else None


def _search_seconds(statement: Statement, before: Circumstances, rates: Rates) -> float | None:
    """Of looking for rows that refer to those that go, where no index helps: each of them reads the whole table."""
    total = 0.0
    for item in reached_by(statement, before):
        if not item.has_index and not before.is_empty(item.table):
            rows, size = before.rows(item.by), before.size(item.table)
            if rows is None or size is None:
                return None
            total += rows * max(size.rows / rates.scan_rows, size.table_bytes / rates.scan_bytes)
    return total


def _held(before: Circumstances) -> tuple[RelationLock, ...]:
    """What the transaction holds on tables, and keeps their writers out."""
    return tuple(
        RelationLock(name, "table", mode) for name, mode in sorted(before.held.items())
        if mode.blocks_writes and name in before.held_tables
    )


def _first(findings: Sequence[Finding]) -> str:
    return findings[0].says if findings else ""


def _holds_table(checked: CheckedStatement, table: str) -> bool:
    return any(name == table or name.endswith(f".{table}") for name in checked.effects.blocking_tables)


def _merged(parts: Sequence[Effects]) -> Effects:
    """Several statements that were sent as one text."""
    if len(parts) == 1:
        return parts[0]
    strongest: dict[tuple[str, str], LockMode] = {}
    for part in parts:
        for lock in part.locks:
            key = (lock.relation, lock.kind)
            strongest[key] = max(lock.mode, strongest.get(key, lock.mode))

    def joined(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item for part in parts for item in getattr(part, name)))

    return Effects(
        locks=tuple(RelationLock(relation, kind, mode) for (relation, kind), mode in strongest.items()),
        rewrites=joined("rewrites"), scans=joined("scans"), index_builds=joined("index_builds"),  # type: ignore[arg-type]
        validated_foreign_keys=joined("validated_foreign_keys"), new_files=joined("new_files"),
        drops=joined("drops"),  # type: ignore[arg-type]
        unknown=next((part.unknown for part in parts if part.unknown), ""),
        error=next((part.error for part in parts if part.error), ""),
    )


def _kind(dangers: Sequence[Danger], statements: Sequence[Statement]) -> RevisionKind:
    if any(danger.is_unknown for danger in dangers):
        return RevisionKind.UNKNOWN
    if any(danger.breaks_older_code for danger in dangers) or any(marks_contract(s) for s in statements):
        return RevisionKind.CONTRACT
    return RevisionKind.EXPAND


def _kinds_of_danger(
    dangers: Sequence[Danger], rules: Set[str], checked: Sequence[CheckedStatement]
) -> frozenset[str]:
    found = {
        "block": any(item.is_block for item in checked),
        "long": any(item.is_long or item.is_work_under_lock for item in checked),
        "rewrite": any(item.is_rewrite for item in checked),
        "loss": any(item.is_loss for item in checked) or bool(rules & EMPTYING_RULES),
        "data": any(item.rows_touched or item.changed_tables for item in checked),
        "fails": any(item.effects.error for item in checked) or any(danger.is_failure for danger in dangers),
        "breaks": any(danger.breaks_older_code for danger in dangers),
        "unknown": any(danger.is_unknown for danger in dangers),
    }
    return frozenset(name for name, is_true in found.items() if is_true)
