"""A server that answered is never called one that does not answer."""

from __future__ import annotations

import subprocess
from typing import Any

import asyncpg
import pytest

from deploy.adapters.postgres import connection, snapshot
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect, connect_as_the_migration, translate
from deploy.adapters.postgres.dump_client import DumpClient
from deploy.model.errors import DATABASE, BlockedError

ADDRESS = DatabaseAddress("127.0.0.1", 5432, "ann", "shop")


@pytest.mark.parametrize("way", [connect, connect_as_the_migration])
def test_a_login_without_the_right_to_connect_is_a_refused_login(way: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(**_: object) -> None:
        raise asyncpg.InsufficientPrivilegeError('permission denied for database "shop"')

    monkeypatch.setattr(connection.asyncpg, "connect", refuse)
    loop = LoopThread()
    try:
        with pytest.raises(BlockedError) as caught:
            loop.run(way(ADDRESS))
    finally:
        loop.close()

    assert (caught.value.reference, caught.value.away) == ("database-login-refused", "")
    assert 'GRANT CONNECT ON DATABASE "shop" TO "ann"' in caught.value.hint


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InsufficientPrivilegeError("permission denied for table orders"),
        asyncpg.UndefinedTableError('relation "orders" does not exist'),
        asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
        asyncpg.ObjectNotInPrerequisiteStateError('database "shop" is not currently accepting connections'),
    ],
)
def test_an_error_of_a_server_that_answers_is_told_as_an_answer(error: Exception) -> None:
    told = translate(error, ADDRESS)

    assert (told.reference, told.away) == ("database-refused", "")
    assert "does not answer" not in told.what
    assert str(error) in told.what


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("refused"), TimeoutError(), asyncpg.InterfaceError("connection is closed"),
        asyncpg.ConnectionDoesNotExistError("gone"), asyncpg.AdminShutdownError("terminating connection"),
    ],
)
def test_a_server_that_goes_or_is_not_there_may_come_back(error: Exception) -> None:
    told = translate(error, ADDRESS)

    assert (told.reference, told.away) == ("database-unreachable", DATABASE)


def test_a_dump_that_takes_too_long_sends_to_the_command_that_shows_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("pg_dump", 60)

    monkeypatch.setattr(snapshot.subprocess, "run", wait)
    with pytest.raises(BlockedError) as caught:
        snapshot._dump_schema(DumpClient("host", "15.1", 15, (), "", "", 5432), ADDRESS)

    assert caught.value.reference == "schema-not-read"
    assert "./scripts/deploy.sh monitor" in caught.value.hint
