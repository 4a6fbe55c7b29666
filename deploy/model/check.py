"""The migration check's whole answer, as data; every output is rendered from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from deploy.model.effects import Effects, RelationLock
from deploy.model.locks import LockMode
from deploy.model.risk import RiskReport

# Commands that give a table a new file with the same rows in it.
COPYING_WORDS = ("vacuum", "cluster", "refresh", "reindex", "tablespace", "logged", "access method")


class Comparison(StrEnum):
    """What the scratch server showed, beside what the text let expect."""

    CONFIRMED = "confirmed"
    STRONGER = "stronger"
    WEAKER = "weaker"
    NOT_PREDICTED = "not predicted"
    NOT_EXERCISED = "not exercised"


class Baseline(StrEnum):
    """Since when a table counts as existing, with rows and users."""

    RUN = "run"  # production is known: what the run itself makes is new
    REVISION = "revision"  # it is not: each revision is judged as if the one before it were in production


@dataclass(frozen=True)
class CheckedStatement:
    """One statement, from both sides.

    Attributes:
        revision_id, path, line: where it stands; line 0 where that is not known.
        sql: as it is sent to PostgreSQL.
        transaction: a number; 0 where it stands alone.
        measured: None where it was not run.
        predicted: from its text.
        effects: what counts: the measurement, or the prediction where there is none; new relations are left out.
        seconds: estimated from production's sizes; None where they are not known and the work grows with them.
        rows_touched: production's estimate for UPDATE, DELETE and the like; None for others or where unknown.
        changed_tables: existing tables whose rows it changes or deletes, however many; without those known to be empty.
        held: locks of earlier statements of its transaction that keep the writers of existing tables out meanwhile.
        waits: whether it sleeps, or waits for another session.
    """

    revision_id: str
    path: str
    line: int
    sql: str
    transaction: int
    measured: Effects | None
    predicted: Effects
    effects: Effects
    comparison: Comparison
    seconds: float | None = None
    rows_touched: int | None = None
    changed_tables: tuple[str, ...] = ()
    held: tuple[RelationLock, ...] = ()
    waits: bool = False

    @property
    def works(self) -> bool:
        """Whether its time grows with the data, or it waits."""
        changes_rows = bool(self.rows_touched or self.changed_tables)
        return self.effects.has_work or self.is_rewrite or changes_rows or self.waits

    @property
    def is_work_under_lock(self) -> bool:
        """Whether writers of an existing table wait while it works: by its own lock, or one that is held already."""
        return (self.is_block or bool(self.held)) and self.works

    @property
    def is_block(self) -> bool:
        """Whether writers of a table that existed before wait, however shortly."""
        return bool(self.effects.blocking_tables)

    @property
    def is_rewrite(self) -> bool:
        """Whether such a table gets a new file: rewritten, copied or emptied."""
        return bool(self.effects.rewrites or self.effects.new_files)

    @property
    def is_long(self) -> bool:
        """Whether the lock is held for a time that grows with the table."""
        return self.is_block and (self.effects.has_work or self.is_rewrite)

    @property
    def is_loss(self) -> bool:
        """Whether a table or column goes, or is emptied, that existed before."""
        lost = {"table", "table column", "materialized view", "foreign table"}
        return any(drop.kind in lost for drop in self.effects.drops) or self.is_truncated

    @property
    def is_truncated(self) -> bool:
        """Whether rows are thrown away at once: a new file that no copying command in the text explains."""
        text = self.sql.lower()
        return bool(self.effects.new_files) and ("truncate" in text or not any(word in text for word in COPYING_WORDS))


@dataclass(frozen=True)
class LockWindow:
    """One lock, from the statement that takes it to the COMMIT that frees it.

    Attributes:
        first / last: positions in CheckReport.statements.
        seconds: estimated; None where it grows with sizes that are not known.
        work: positions of statements meanwhile whose time grows with the data.
    """

    transaction: int
    relation: str
    mode: LockMode
    first: int
    last: int
    seconds: float | None
    work: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """One question of the operator's list (M2), answered: yes, no, or not known and why.

    Attributes:
        is_good: True or False where the answer is a verdict, None where it is only a fact.
        is_known: False where something that the answer depends on was neither tried nor read whole.
    """

    question: str
    answer: str
    is_good: bool | None = None
    is_known: bool = True


@dataclass(frozen=True)
class ReviewLine:
    """One line of the file review (M3): what to look at, and what was found.

    Attributes:
        places: `0006_drop.py:31`, …
    """

    topic: str
    verdict: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class EnvironmentAdvice:
    """Something about env.py or the session that should change.

    Attributes:
        path / line: where; line 0 where the line is missing.
        code: the line as it should be.
    """

    topic: str
    says: str
    path: str = ""
    line: int = 0
    code: str = ""


@dataclass(frozen=True)
class Advice:
    """What to do with it.

    Attributes:
        mode: `--auto-migrate` or `--manual-migrate`.
        backup: `optional`, `recommended` or `required`.
        expand_ids / contract_ids: revisions that only add, and those that take something from older code.
        next_command: the whole command line.
        repairs: where a revision is known to fail, `0007 (0007_add.py:21)`: nothing is deployed before it is repaired.
    """

    mode: str
    backup: str
    expand_ids: tuple[str, ...]
    contract_ids: tuple[str, ...]
    unknown_ids: tuple[str, ...]
    next_command: str
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckReport:
    """Everything.

    Attributes:
        method: `measured` or `parsed`.
        server: `PostgreSQL 17.10 (wheel)`; empty where nothing was run.
        production: `shop, PostgreSQL 15.18, at 0004`; empty where it is not known.
        from_ids / to_ids: the range.
        baseline: since when a table counts as existing.
        lock_timeout, statement_timeout, time_zone: of the migration's own session; empty where not measured.
        warnings: what limits the answer, one sentence each.
    """

    method: str
    server: str
    server_major: int
    production: str
    from_ids: tuple[str, ...]
    to_ids: tuple[str, ...]
    baseline: Baseline
    risk: RiskReport
    statements: tuple[CheckedStatement, ...]
    windows: tuple[LockWindow, ...]
    answers: tuple[Answer, ...]
    review: tuple[ReviewLine, ...]
    environment: tuple[EnvironmentAdvice, ...]
    advice: Advice
    sizes_are_known: bool
    lock_timeout: str = ""
    statement_timeout: str = ""
    time_zone: str = ""
    warnings: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
