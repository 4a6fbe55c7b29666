"""Statement shapes, measured by the product's own watch on a scratch server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.binaries import ServerBinaries
from deploy.adapters.scratch.database import ScratchDatabase
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from deploy.model.effects import Effects
from deploy.model.trace import SqlFile
from deploy.risk.shapes import shape_of
from deploy.risk.statements import read_statements

TEMPLATE = "prepared"


@dataclass
class Measurer:
    """A scratch server with one prepared database; every shape runs on a copy of its own."""

    server: ScratchServer
    loop: LoopThread
    count: int = 0

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

    def measure(self, sql: str, *, in_transaction: bool) -> Effects:
        """What the last statement of a text did; those before it only prepare."""
        self.count += 1
        name = f"shape_{self.count}"
        self.loop.run(self._execute("postgres", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
        try:
            database = ScratchDatabase(self.server, self.loop, name)
            texts = tuple((statement.full_text, 1) for statement in read_statements(sql))
            run = database.run_sql([SqlFile("shape", texts, in_transaction)], shape_of)
            traced = run.revisions[0].statements
            if len(traced) != sum(not shape_of(text).is_transaction_control for text, _ in texts):
                raise AssertionError(f"the preparation of a shape fails: {run.error}: {sql}")
            return traced[-1].effects
        finally:
            self.loop.run(self._execute("postgres", f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def measurer(binaries: ServerBinaries, setup_sql: str) -> Iterator[Measurer]:
    loop = LoopThread()
    try:
        with scratch_server(binaries) as server:
            found = Measurer(server, loop)
            found.prepare(setup_sql)
            yield found
    finally:
        loop.close()
