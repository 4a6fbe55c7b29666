"""Between us and PostgreSQL stands a real PgBouncer: what it would break is refused, what it does not is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from deploy.adapters.backups.production import PgRestores
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.postgres.monitoring import PostgresMonitoring
from deploy.adapters.postgres.snapshot import PostgresSnapshots
from deploy.adapters.scratch.binaries import all_server_binaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import scratch_server
from deploy.model.errors import BlockedError
from tests.integration.adapters.pooling import pgbouncer


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """A server, as PgBouncer names it."""
    binaries = all_server_binaries()
    if not binaries:
        pytest.skip("no PostgreSQL server on this machine")
    with scratch_server(binaries[0]) as server:
        yield f"host={server.address} port={server.port} user={SUPERUSER}"


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


def through(port: int) -> DatabaseAddress:
    return DatabaseAddress("127.0.0.1", port, SUPERUSER, "postgres", options={"sslmode": "disable"})


async def as_the_application(port: int, question: str) -> str:
    """A client that knows nothing of poolers, as an application is one."""
    connection = await asyncpg.connect(
        host="127.0.0.1", port=port, user=SUPERUSER, database="postgres", ssl=False, statement_cache_size=0
    )
    try:
        async with connection.transaction():
            return str(await connection.fetchval(question))
    finally:
        await connection.close()


QUESTIONS: dict[str, Callable[[DatabaseAddress], object]] = {
    "deployment's look": lambda address: PostgresDatabase(address).observe(),
    "deployment's lock": lambda address: PostgresDatabase(address).take_deployment_lock(),
    "mark": lambda address: PostgresDatabase(address).mark_environment("production"),
    "check's snapshot": lambda address: PostgresSnapshots(address, tuple).take(),
    "monitor": lambda address: PostgresMonitoring(address).overview(),
    "watch": lambda address: PostgresMonitoring(address).sample(),
    "restore": lambda address: PgRestores(Path("/nonexistent"), address, tuple, lambda: "/", None, lambda: None).ground(),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_command_works_through_a_transaction_pooler(
    target: str, tmp_path: Path, loop: LoopThread, question: str
) -> None:
    with pgbouncer(tmp_path / "pool", target, mode="transaction") as port:
        with pytest.raises(BlockedError) as refused:
            QUESTIONS[question](through(port))
        assert refused.value.reference == "connection-is-pooled"
        assert "DEPLOY_DATABASE_URL" in refused.value.hint
        for setting, expected in (("search_path", '"$user", public'), ("statement_timeout", "0"), ("lock_timeout", "0")):
            assert loop.run(as_the_application(port, f"SELECT current_setting('{setting}')")) == expected


@pytest.mark.parametrize(
    ("mode", "pool_size", "ignored", "more"),
    [
        ("transaction", 1, "statement_timeout,lock_timeout", ""),
        ("transaction", 5, "", ""),
        ("transaction", 5, "statement_timeout,lock_timeout", "server_round_robin = 1\nmin_pool_size = 5\n"),
        ("statement", 5, "statement_timeout,lock_timeout", ""),
    ],
    ids=["pool of one", "refuses our limits", "round robin", "statement pooling"],
)
def test_a_pool_that_does_not_keep_sessions_is_refused_however_it_is_made(
    target: str, tmp_path: Path, loop: LoopThread, mode: str, pool_size: int, ignored: str, more: str
) -> None:
    pool = pgbouncer(tmp_path / "pool", target, mode=mode, pool_size=pool_size, ignored=ignored, more=more)
    with pool as port, pytest.raises(BlockedError) as refused:
        loop.run(connect(through(port)))
    assert refused.value.reference == "connection-is-pooled"


@pytest.mark.parametrize("ignored", ["", "statement_timeout,lock_timeout"])
def test_a_pool_that_keeps_sessions_serves_with_our_limits_in_force(
    target: str, tmp_path: Path, loop: LoopThread, ignored: str
) -> None:
    async def limits(address: DatabaseAddress) -> list[str]:
        connection = await connect(address)
        try:
            return [str(await connection.fetchval(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")]
        finally:
            await connection.close()

    with pgbouncer(tmp_path / "pool", target, mode="session", ignored=ignored) as port:
        assert loop.run(limits(through(port))) == ["30s", "5s"]
        assert loop.run(as_the_application(port, "SELECT current_setting('lock_timeout')")) == "0"


def test_postgresql_itself_is_not_taken_for_a_pooler(target: str, loop: LoopThread) -> None:
    directory = target.split(maxsplit=1)[0].removeprefix("host=")
    address = replace(through(5432), host=directory)
    loop.run(open_and_close(address))


async def open_and_close(address: DatabaseAddress) -> None:
    connection = await connect(address)
    await connection.close()
