"""One watched database for many statements: each is measured in a transaction of its own, which is rolled back.

A database for each would cost half a second; this costs some milliseconds, and the product's own watch sees the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import asyncpg

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.server import ScratchServer
from deploy.checking.measuring.database import ScratchDatabase
from deploy.checking.measuring.sql_runner import SqlStatement, run_sql
from deploy.checking.measuring.watch import Watch
from deploy.checking.risk.shapes import shape_of
from deploy.model.trace import TracedRevision


class RollsBack:
    """A connection whose transactions never end in COMMIT."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, sql: str) -> Any:
        return await self._connection.execute("ROLLBACK" if sql == "COMMIT" else sql)


class RolledBack:
    """The database, watched."""

    def __init__(self, database: ScratchDatabase, loop: LoopThread, watch: Watch) -> None:
        self._database = database
        self._loop = loop
        self._watch = watch

    def run(self, name: str, texts: Sequence[str]) -> TracedRevision:
        """What these statements do in one transaction, on a connection of their own."""
        return self._loop.run(self._run(name, texts))

    async def _run(self, name: str, texts: Sequence[str]) -> TracedRevision:
        connection: Any = RollsBack(await self._database._connect())
        try:
            statements = [SqlStatement(text, 1) for text in texts]
            return await run_sql(self._watch, connection, name, statements, shape_of, is_one_transaction=True)
        finally:
            await connection.close()


@contextmanager
def rolled_back(server: ScratchServer, loop: LoopThread, database_name: str) -> Iterator[RolledBack]:
    """Watch this database, which is there already, until the end."""
    database = ScratchDatabase(server, loop, database_name)
    with ExitStack() as stack:
        messages = stack.enter_context(database._log())
        watch, eyes = loop.run(database._open_watch(messages))
        stack.callback(lambda: loop.run(eyes.close()))
        yield RolledBack(database, loop, watch)


def can_be_rolled_back(texts: Sequence[str], *, is_in_transaction: bool) -> bool:
    """Whether nothing in it ends the transaction by itself."""
    shapes = [shape_of(text) for text in texts]
    return is_in_transaction and not any(shape.is_transaction_control or shape.must_run_alone for shape in shapes)
