"""Runs plain SQL on the scratch database, one statement at a time, under the watch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import asyncpg

from deploy.checking.measuring.watch import Watch
from deploy.model.effects import Effects
from deploy.model.trace import StatementShape, TracedRevision, TracedStatement

MUST_STAND_ALONE = "cannot run inside a transaction block"


@dataclass(frozen=True)
class SqlStatement:
    """One statement of a file.

    Attributes:
        line: 1-based.
        rows: what stands in the file behind a COPY … FROM STDIN; None for every other statement.
    """

    text: str
    line: int
    rows: str | None = None

    @property
    def is_of_psql(self) -> bool:
        """Whether it is one of psql's own commands, which is read and not run."""
        return self.text.startswith("\\")


class WatchedConnection:
    """An asyncpg connection under the watch."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.pid: int = connection.get_server_pid()

    async def ask(self, sql: str) -> str | None:
        """One value, as text."""
        return str(await self._connection.fetchval(sql))


async def run_sql(
    watch: Watch, connection: asyncpg.Connection, name: str, statements: Sequence[SqlStatement],
    shape_of: Callable[[str], StatementShape], *, is_one_transaction: bool,
) -> TracedRevision:
    """Run a file's statements; what fails ends it, with PostgreSQL's words.

    Args:
        name: the file's, which becomes the revision's.
        is_one_transaction: BEGIN before the first, COMMIT after the last; otherwise as psql: each one alone,
            unless the file says BEGIN.
    """
    watch.label = name
    watched = WatchedConnection(connection)
    traced: list[TracedStatement] = []
    error = ""
    if is_one_transaction:
        await connection.execute("BEGIN")
    for statement in statements:
        if statement.is_of_psql:
            traced.append(TracedStatement(name, name, statement.line, statement.text, 0, None))
            continue
        error = await _run_one(watch, connection, watched, name, statement, shape_of(statement.text), traced)
        if error:
            break
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK" if error else "COMMIT")
    await watch.ended(watched.pid)
    return TracedRevision(name, "", name, tuple(traced), error)


async def _execute(connection: asyncpg.Connection, statement: SqlStatement) -> str:
    """Run it; PostgreSQL's words where it fails."""
    try:
        if statement.rows is None:
            await connection.execute(statement.text)
        else:
            # asyncpg writes the words of COPY by itself everywhere else.
            await connection._copy_in(statement.text, BytesIO(statement.rows.encode(errors="surrogateescape")), None)  # noqa: SLF001
    except asyncpg.PostgresError as error:
        return str(error.message if hasattr(error, "message") else error)
    return ""


async def _run_one(
    watch: Watch, connection: asyncpg.Connection, watched: WatchedConnection, name: str, statement: SqlStatement,
    shape: StatementShape, traced: list[TracedStatement],
) -> str:
    if shape.is_transaction_control:
        try:
            await connection.execute(statement.text)
        except asyncpg.PostgresError as error:
            return str(error)
        if not connection.is_in_transaction():
            await watch.ended(watched.pid)
        return ""
    # A statement that stands alone is looked at before its commit all the same.
    is_wrapped = not connection.is_in_transaction() and not shape.must_run_alone
    if is_wrapped:
        await connection.execute("BEGIN")
    await watch.before(watched, shape)
    problem = await _execute(connection, statement)
    if is_wrapped and MUST_STAND_ALONE in problem:
        # Only the server knows it: of a partitioned table for instance. Its locks are gone when it has ended.
        await connection.execute("ROLLBACK")
        is_wrapped, shape = False, replace(shape, must_run_alone=True)
        problem = await _execute(connection, statement)
    seen = await watch.after(watched)
    # A failed statement keeps nothing; only what CONCURRENTLY held before it failed was really held.
    kept = seen.effects if shape.held_tables else Effects(is_in_transaction=not shape.must_run_alone)
    effects = replace(kept, error=problem) if problem else seen.effects
    transaction = 0 if is_wrapped or shape.must_run_alone else seen.transaction
    traced.append(
        TracedStatement(
            name, name, statement.line, statement.text, transaction, effects, seen.created_in, seen.table_of_index,
            seen.before,
        )
    )
    if is_wrapped:
        await connection.execute("ROLLBACK" if problem else "COMMIT")
        await watch.ended(watched.pid)
    return problem
