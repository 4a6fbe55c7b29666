"""Throw-away servers of every major that this machine has, with a busy little database in each."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.binaries import ServerBinaries, _read, all_server_binaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import ScratchServer, scratch_server

# More servers, as directories of programs with ":" between: the majors that no package of this machine has.
MORE_VARIABLE = "SUREFOOT_TEST_POSTGRES"


def servers() -> list[ServerBinaries]:
    found = {item.major: item for item in all_server_binaries()}
    for directory in filter(None, os.environ.get(MORE_VARIABLE, "").split(":")):
        item = _read(Path(directory), "test")
        assert item is not None, f"{directory} holds no PostgreSQL server"
        found.setdefault(item.major, item)
    return [found[major] for major in sorted(found) if major >= 13]


@dataclass
class Ground:
    """One server and its database `shop`."""

    server: ScratchServer
    loop: LoopThread

    @property
    def address(self) -> DatabaseAddress:
        return DatabaseAddress(
            host=self.server.address, port=5432, user=SUPERUSER, database_name="shop", options={"sslmode": "disable"}
        )

    def sql(self, query: str, database_name: str = "shop") -> None:
        with self.session("test", database_name) as session:
            session.run(query)

    @contextmanager
    def session(self, application_name: str, database_name: str = "shop") -> Iterator[Session]:
        session = Session(self.loop, self.loop.run(asyncpg.connect(
            host=self.server.address, user=SUPERUSER, database=database_name, ssl="disable",
            server_settings={"application_name": application_name},
        )))
        try:
            yield session
        finally:
            session.end()


class Session:
    """One connection that a test holds."""

    def __init__(self, loop: LoopThread, connection: Any) -> None:
        self._loop, self._connection = loop, connection
        self.pid = connection.get_server_pid()
        self._waiting: list[threading.Thread] = []

    def run(self, query: str) -> None:
        self._loop.run(self._connection.execute(query))

    def begin_to_run(self, query: str) -> None:
        """Start a statement that is expected to wait."""
        def run() -> None:
            try:
                self.run(query)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                return

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._waiting.append(thread)

    def end(self) -> None:
        async def terminate() -> None:
            self._connection.terminate()
            await asyncio.sleep(0)

        self._loop.run(terminate())
        for thread in self._waiting:
            thread.join(timeout=10)


SCHEMA = """
CREATE TABLE alembic_version (version_num text PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0007');
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT n, repeat('x', 50) FROM generate_series(1, 20000) AS n;
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 100);
UPDATE orders SET note = 'changed' WHERE id <= 5000;
ANALYZE;
"""


@pytest.fixture(scope="session", params=servers(), ids=lambda item: f"postgres{item.major}")
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    loop = LoopThread()
    with scratch_server(request.param) as server:
        ground = Ground(server, loop)
        ground.sql("CREATE DATABASE shop", "postgres")
        ground.sql(SCHEMA)
        yield ground
    loop.close()
