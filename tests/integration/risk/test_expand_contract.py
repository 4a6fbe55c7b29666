"""Between two releases: what older code writes is copied, what newer code writes stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from deploy.adapters.scratch.binaries import find_server_binaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from deploy.checking.risk.safe_forms.expand_contract import sync_trigger
from deploy.model.errors import BlockedError

pytestmark = pytest.mark.postgres

TABLE = "CREATE TABLE orders (id int PRIMARY KEY, side json, note text, code json)"


@pytest.fixture(scope="module")
def server() -> Iterator[ScratchServer]:
    try:
        binaries = find_server_binaries(None)
    except BlockedError as error:
        pytest.skip(str(error))
    with scratch_server(binaries) as running:
        yield running


def code_after(server: ScratchServer, *statements: str) -> Any:
    """What `code` holds once these ran on a fresh table that has the trigger from `side` to `code`."""
    calls: list[str] = []
    for call in sync_trigger("orders", "side", "code", "NEW.side"):
        exec(call, {"op": type("op", (), {"execute": staticmethod(calls.append)})})  # noqa: S102

    async def run() -> Any:
        connection = await asyncpg.connect(host=str(server.socket_directory), user=SUPERUSER, database="postgres")
        try:
            for sql in ("DROP TABLE IF EXISTS orders", "DROP FUNCTION IF EXISTS orders_side_copy", TABLE, *calls, *statements):
                await connection.execute(sql)
            return await connection.fetchval("SELECT code::text FROM orders WHERE id = 1")
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        (["INSERT INTO orders (id, side) VALUES (1, '1')"], "1"),
        (["INSERT INTO orders (id, side) VALUES (1, '1')", "UPDATE orders SET side = '2'"], "2"),
        (["INSERT INTO orders (id, code) VALUES (1, '3')"], "3"),
        (["INSERT INTO orders (id, side) VALUES (1, '1')", "UPDATE orders SET code = '4'"], "4"),
        (["INSERT INTO orders (id, side) VALUES (1, '1')", "UPDATE orders SET code = '4'", "UPDATE orders SET note = 'x'"], "4"),
        (["INSERT INTO orders (id, side, code) VALUES (1, '1', '5')"], "5"),
    ],
    ids=["older inserts", "older updates", "newer inserts", "newer updates", "something else changes", "both are written"],
)
def test_the_new_column_holds_what_was_written_last(server: ScratchServer, statements: list[str], code: str) -> None:
    assert code_after(server, *statements) == code
