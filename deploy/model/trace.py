"""What was seen while a migration ran on a scratch server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.model.catalog_look import CatalogLook
from deploy.model.effects import Effects


@dataclass(frozen=True)
class StatementShape:
    """What the watch must know of a statement before it runs.

    Attributes:
        is_transaction_control: BEGIN, COMMIT, SAVEPOINT and the like: not measured.
        must_run_alone: cannot run in a transaction block.
        held_tables: CONCURRENTLY: the tables (or their indexes) on which a blocker makes it wait, so that its
            locks can be read. As they were written.
        blocker_mode: the blocker's lock, `ROW EXCLUSIVE`.
        is_concurrent: what it reads and builds blocks nobody.
        is_truncate: what it builds is empty, so nothing is read for it.
        names: bare names of relations, indexes, types and schemas of which the catalog is asked before it runs.
        follows_links: whether whatever refers to these by a foreign key counts as named.
        is_of_rows: changes rows and no schema: what the catalog held before one of them it holds before the next.
        calls: bare names of the functions that a query calls.
    """

    is_transaction_control: bool = False
    must_run_alone: bool = False
    held_tables: tuple[str, ...] = ()
    blocker_mode: str = "ROW EXCLUSIVE"
    is_truncate: bool = False
    is_concurrent: bool = False
    names: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    follows_links: bool = False
    is_of_rows: bool = False


@dataclass(frozen=True)
class SqlFile:
    """Plain SQL to run.

    Attributes:
        name: the file's, `-` for standard input.
        statements: text and 1-based line of each.
        is_one_transaction: whether the whole file runs in one; otherwise as psql runs it.
        ignores: line, rule and reason of each `-- surefoot: ignore RULE -- reason`.
        rows: what stands in the file behind a COPY … FROM STDIN, by its place among the statements.
    """

    name: str
    statements: tuple[tuple[str, int], ...]
    is_one_transaction: bool
    ignores: tuple[tuple[int, str, str], ...] = ()
    rows: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TracedStatement:
    """One statement of a pending revision, as it ran.

    Attributes:
        revision_id: the revision, or the file's name for plain SQL.
        path: the file, empty where it is not known; line: 1-based, 0 where it is not known.
        sql: as it was sent; parameters are placeholders.
        transaction: a number; statements with the same one are committed together; 0 for one that stood alone.
        effects: on every relation that existed before the statement; None where it ran unwatched.
        created_in: for those of these relations that the run itself made: the revision that did.
        table_of_index: the table of each index among them.
        before: what the catalog held of the relations that it names, before it ran; None where that was not asked.
        is_unread: whether nobody gets the rows that it gives, `op.execute("SELECT …")`.
    """

    revision_id: str
    path: str
    line: int
    sql: str
    transaction: int
    effects: Effects | None
    created_in: Mapping[str, str] = field(default_factory=dict)
    table_of_index: Mapping[str, str] = field(default_factory=dict)
    before: CatalogLook | None = None
    is_unread: bool = False


@dataclass(frozen=True)
class TracedRevision:
    """One revision that was run.

    Attributes:
        error: PostgreSQL's or Python's words where it failed; the statements before are kept.
        reached: what it tried to reach beyond the scratch server, `connects to db:5432 (line 12)`.
        broken: writes that failed in a trigger once it had run, and did not before.
        is_rolled_back: whether nothing of it was there when the run had ended, though nothing failed.
    """

    revision_id: str
    message: str
    path: str
    statements: tuple[TracedStatement, ...]
    error: str = ""
    reached: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    is_rolled_back: bool = False


@dataclass(frozen=True)
class DowngradeTrial:
    """One revision's downgrade on the scratch server, and the second upgrade after it.

    Objects are named as `column orders.note`, `type refund_state`, `index orders_symbol_idx`.

    Attributes:
        error: of the downgrade; empty where it ran.
        is_of_rows: whether it failed only because of a made-up row: on empty tables it ran.
        left: what the upgrade made and the downgrade left.
        missing: what was there before the upgrade and is gone after the downgrade.
        changed: what is there, but not as it was.
        lost: what goes with the rows that were written there since the upgrade: `table refunds`, `column orders.note`.
        upgrade_error: of the second upgrade; empty where it ran, or was not reached.
        is_upgraded_again: whether the second upgrade was run, one way or the other.
    """

    revision_id: str
    error: str = ""
    is_of_rows: bool = False
    left: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    upgrade_error: str = ""
    is_upgraded_again: bool = True


@dataclass(frozen=True)
class TracedRun:
    """A whole run.

    Attributes:
        server: `PostgreSQL 17.10 (wheel)`.
        lock_timeout / statement_timeout: of the migration's connection, as PostgreSQL shows it; "0" is none.
        has_shared_transaction: whether several revisions ran in one.
        error: why it ended before its end; empty where it did not.
        is_error_of_sql: whether PostgreSQL refused a statement (and not the project's own code).
        error_here: why the error is this scratch server's own, and says nothing of production; empty otherwise.
        is_history: whether revisions ran on an empty database, from the first one on.
        downgrades: what was tried of the way back, newest revision first.
        no_downgrades: why the way back, or a part of it, was not tried; empty where it was.
    """

    server: str
    server_major: int
    revisions: tuple[TracedRevision, ...]
    lock_timeout: str = ""
    statement_timeout: str = ""
    time_zone: str = ""
    error: str = ""
    is_error_of_sql: bool = False
    has_shared_transaction: bool = False
    warnings: tuple[str, ...] = ()
    error_here: str = ""
    is_history: bool = False
    downgrades: tuple[DowngradeTrial, ...] = ()
    no_downgrades: str = ""
