"""The back-fill on a real server: committed batches, resumed after a kill, patient with locks."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.backfill import Filled, Pace, fill
from tests.integration.check.conftest import binaries_of
from tests.integration.check.production import Production, production_cluster

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).parents[3]
QUICK = Pace(batch_rows=100, least_rows=50, most_rows=400, rest=0, lock_seconds=0.2, poll_seconds=0.05)
LEFT = "SELECT count(*) FROM orders WHERE side IS NULL"


@pytest.fixture(scope="module")
def server() -> Iterator[Production]:
    with production_cluster(binaries_of(15)) as running:
        yield running


@pytest.fixture
def orders(server: Production) -> Production:
    server.run(
        "DROP TABLE IF EXISTS orders", "CREATE TABLE orders (id bigint PRIMARY KEY, side text)",
        # With holes, as real keys have them.
        "INSERT INTO orders SELECT n * 3, NULL FROM generate_series(1, 5000) n",
    )
    return server


def with_connection(server: Production, work: Callable[[Connection], Any], isolation: str = "AUTOCOMMIT") -> Any:
    async def run() -> Any:
        engine = create_async_engine(server.url_of("shop", "postgresql+asyncpg"), poolclass=NullPool)
        async with engine.connect() as connection:
            chosen = await connection.execution_options(isolation_level=isolation)
            return await chosen.run_sync(work)

    return asyncio.run(run())


def filled(server: Production, pace: Pace = QUICK) -> Filled:
    found: Filled = with_connection(
        server, lambda c: fill(c, "orders", "side = 'buy'", where="side IS NULL", pace=pace)
    )
    return found


def test_every_row_is_filled_once_in_several_committed_batches(orders: Production) -> None:
    done = filled(orders)

    assert done.rows == 5000
    assert done.batches >= 5000 / QUICK.most_rows
    assert orders.run(LEFT) == 0
    # A row that was changed twice would have left two dead versions.
    assert orders.run("SELECT count(DISTINCT xmin::text) FROM orders") == done.batches


def test_what_is_done_already_is_not_touched_again(orders: Production) -> None:
    orders.run("UPDATE orders SET side = 'sell' WHERE id <= 9000")

    assert filled(orders).rows == 2000
    assert orders.run("SELECT count(*) FROM orders WHERE side = 'sell'") == 3000


def test_an_empty_table_and_one_that_is_full_are_done_at_once(orders: Production) -> None:
    filled(orders)
    assert filled(orders).batches == 0
    orders.run("TRUNCATE orders")
    assert filled(orders).batches == 0


def test_inside_of_a_transaction_it_refuses_to_begin(orders: Production) -> None:
    with pytest.raises(RuntimeError, match="inside of a transaction"):
        with_connection(
            orders, lambda c: fill(c, "orders", "side = 'buy'", where="side IS NULL"), "READ COMMITTED"
        )
    assert orders.run(LEFT) == 5000


def test_the_sessions_lock_timeout_is_what_it_was(orders: Production) -> None:
    def work(connection: Connection) -> str:
        connection.exec_driver_sql("SET lock_timeout = '7s'")
        fill(connection, "orders", "side = 'buy'", where="side IS NULL", pace=QUICK)
        return str(connection.exec_driver_sql("SHOW lock_timeout").scalar())

    assert with_connection(orders, work) == "7s"


def test_a_row_that_somebody_holds_delays_its_batch_and_loses_nothing(orders: Production) -> None:
    import asyncpg

    held, release = threading.Event(), threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(orders.url)
        async with connection.transaction():
            await connection.execute("SELECT FROM orders WHERE id = 6000 FOR UPDATE")
            held.set()
            while not release.is_set():
                await asyncio.sleep(0.02)
        await connection.close()

    holder = threading.Thread(target=lambda: asyncio.run(hold()))
    holder.start()
    assert held.wait(10)
    results: list[Filled] = []
    worker = threading.Thread(target=lambda: results.append(filled(orders)))
    worker.start()
    deadline = time.monotonic() + 30
    # All before the held row's batch is committed while the row is still held.
    while orders.run("SELECT count(*) FROM orders WHERE side IS NOT NULL") < 1000:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(QUICK.lock_seconds * 2)  # long enough for one lock timeout at least
    release.set()
    worker.join(60)
    holder.join(10)

    assert results[0].rows == 5000
    assert results[0].retries >= 1


def test_killed_in_the_middle_it_goes_on_where_it_stopped(orders: Production) -> None:
    program = textwrap.dedent(f"""
        import asyncio
        from sqlalchemy.ext.asyncio import create_async_engine
        from deploy.backfill import Pace, fill

        async def main():
            engine = create_async_engine({orders.url_of("shop", "postgresql+asyncpg")!r})
            async with engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                pace = Pace(batch_rows=50, least_rows=50, most_rows=50, rest=20)
                await connection.run_sync(
                    lambda c: fill(c, "orders", "side = 'buy'", where="side IS NULL", pace=pace))

        asyncio.run(main())
    """)
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 30
    while orders.run("SELECT count(*) FROM orders WHERE side IS NOT NULL") < 200:
        assert time.monotonic() < deadline
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    done_before = orders.run("SELECT count(*) FROM orders WHERE side IS NOT NULL")

    done = filled(orders)

    assert 200 <= done_before < 5000
    assert done.rows == 5000 - done_before
    assert orders.run(LEFT) == 0
