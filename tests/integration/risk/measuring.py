"""Statement shapes, measured by the product's own watch on a scratch server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.binaries import ServerBinaries
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from deploy.checking.measuring.database import ScratchDatabase
from deploy.checking.risk.shapes import shape_of
from deploy.checking.statements import read_statements
from deploy.model.effects import Effects
from deploy.model.trace import SqlFile, TracedRevision
from tests.integration.rolled_back import RolledBack, can_be_rolled_back, rolled_back

TEMPLATE = "prepared"


@dataclass
class Measurer:
    """A scratch server with one prepared database; every shape leaves it as it was, or runs on a copy of its own."""

    server: ScratchServer
    loop: LoopThread
    stack: ExitStack
    count: int = 0
    shared: RolledBack | None = None

    @property
    def major(self) -> int:
        return self.server.major

    def prepare(self, setup_sql: str) -> None:
        self.loop.run(self._prepare(setup_sql))

    async def _connect(self, database_name: str) -> Any:
        return await asyncpg.connect(
            host=self.server.address, port=self.server.port, user=self.server.user, database=database_name,
            statement_cache_size=0, ssl=self.server.ssl_mode,
        )

    async def _execute(self, database_name: str, *texts: str) -> None:
        connection = await self._connect(database_name)
        try:
            for text in texts:
                await connection.execute(text)
        finally:
            await connection.close()

    async def _prepare(self, setup_sql: str) -> None:
        await self._execute("postgres", "CREATE ROLE shop_owner", f"CREATE DATABASE {TEMPLATE}")
        await self._execute(TEMPLATE, setup_sql)

    def measure(self, sql: str, *, in_transaction: bool, is_planned: bool = False) -> Effects:
        """What the last statement of a text did; those before it only prepare.

        Args:
            is_planned: the planner chooses what is read, by the tables' sizes in pages: rows that were rolled back
                before it leave pages, so such a statement gets a copy that nobody has touched.
        """
        texts = tuple((statement.full_text, 1) for statement in read_statements(sql))
        may_share = not is_planned and can_be_rolled_back([text for text, _ in texts], is_in_transaction=in_transaction)
        if may_share:
            return self._last(self._shared().run("shape", [text for text, _ in texts]), texts, sql)
        self.count += 1
        name = f"shape_{self.count}"
        self.loop.run(self._execute("postgres", self.server.create_database(name, TEMPLATE)))
        try:
            database = ScratchDatabase(self.server, self.loop, name)
            run = database.run_sql([SqlFile("shape", texts, in_transaction)], shape_of)
            return self._last(run.revisions[0], texts, sql)
        finally:
            self.loop.run(self._execute("postgres", f"DROP DATABASE {name} WITH (FORCE)"))

    def _shared(self) -> RolledBack:
        if self.shared is None:
            self.loop.run(self._execute("postgres", self.server.create_database("shared", TEMPLATE)))
            self.shared = self.stack.enter_context(rolled_back(self.server, self.loop, "shared"))
        return self.shared

    @staticmethod
    def _last(revision: TracedRevision, texts: Sequence[tuple[str, int]], sql: str) -> Effects:
        traced = revision.statements
        if len(traced) != sum(not shape_of(text).is_transaction_control for text, _ in texts):
            raise AssertionError(f"the preparation of a shape fails: {revision.error}: {sql}")
        effects = traced[-1].effects
        assert effects is not None
        return effects


@contextmanager
def measurer(binaries: ServerBinaries, setup_sql: str) -> Iterator[Measurer]:
    loop = LoopThread()
    try:
        with scratch_server(binaries) as server, ExitStack() as stack:
            found = Measurer(server, loop, stack)
            found.prepare(setup_sql)
            yield found
    finally:
        loop.close()
