"""A server that ends a session says so before it closes the socket; whoever asks in between meets no fault of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import asyncpg
import pytest

from deploy.adapters.postgres.address import DatabaseAddress, parse_database_url
from deploy.adapters.postgres.connection import translate
from deploy.adapters.postgres.errors import AWAY, FAILED
from deploy.checking.measuring.scratch_servers import ENDED
from deploy.model.errors import DATABASE
from tests.integration.check.conftest import binaries_of
from tests.integration.check.production import Production, production_cluster


@pytest.fixture(scope="module")
def server() -> Iterator[Production]:
    with production_cluster(binaries_of(15)) as running:
        yield running


async def _statement_after_the_last_words(url: str) -> tuple[Exception, DatabaseAddress]:
    """What a statement raises that is sent when the server has said FATAL, and the socket is not closed yet."""
    address = parse_database_url(url)
    last_words = asyncio.Event()
    copies: list[asyncio.Task[None]] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(address.host, address.port)

        async def to_client() -> None:
            while chunk := await server_reader.read(65536):
                writer.write(chunk)
            last_words.set()  # and the socket stays open, as for the moment in which a busy machine gets to it

        async def to_server() -> None:
            while chunk := await reader.read(65536):
                with suppress(ConnectionError):
                    server_writer.write(chunk)

        copies.extend([asyncio.create_task(to_client()), asyncio.create_task(to_server())])

    door = await asyncio.start_server(relay, "127.0.0.1", 0)
    behind = replace(address, port=door.sockets[0].getsockname()[1])
    login = {"user": address.user, "password": address.password, "database": address.database_name}
    connection = await asyncpg.connect(host=behind.host, port=behind.port, ssl=False, **login)
    other = await asyncpg.connect(host=address.host, port=address.port, ssl=False, **login)
    try:
        await other.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
        await asyncio.wait_for(last_words.wait(), 20)
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is what the tests ask
            await connection.fetchval("SELECT 1")
        return raised.value, behind
    finally:
        connection.terminate()
        await other.close()
        for task in copies:
            task.cancel()
        door.close()


def test_a_session_that_the_server_has_just_ended_is_a_server_that_is_away(server: Production) -> None:
    error, address = asyncio.run(_statement_after_the_last_words(server.url))

    assert isinstance(error, FAILED)
    assert isinstance(error, AWAY)
    assert isinstance(error, ENDED), "a scratch server's too"
    told = translate(error, address)
    assert (told.reference, told.away) == ("database-unreachable", DATABASE)
