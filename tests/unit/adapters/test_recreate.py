"""Whatever breaks while a database is made anew, the old one gets its name back, or it is said where its rows are."""

from __future__ import annotations

import asyncpg
import pytest

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.development.adapters import recreate
from deploy.development.adapters.recreate import recreated
from deploy.model.errors import BlockedError, NotUndoneError

ADDRESS = DatabaseAddress("127.0.0.1", 5432, "ann", "shop")
FACTS = {"owner": "ann", "encoding": "UTF8", "datcollate": "C", "datctype": "C"}


class FakeServer:
    """Databases by name with what they hold. `broken` statements, by their beginning, fail with the error."""

    def __init__(self) -> None:
        self.databases = {"postgres": "", "shop": "the rows"}
        self.broken: dict[str, Exception] = {}

    async def connect(self, address: DatabaseAddress) -> FakeConnection:
        if address.database_name not in self.databases:
            raise BlockedError("there is no such database", reference="database-missing")
        return FakeConnection(self)


class FakeConnection:
    def __init__(self, server: FakeServer) -> None:
        self._server = server

    async def execute(self, sql: str, *_: object) -> None:
        for begin, error in self._server.broken.items():
            if sql.startswith(begin):
                raise error
        databases, words = self._server.databases, sql.replace('"', "").split()
        if sql.startswith("ALTER DATABASE"):
            databases[words[5]] = databases.pop(words[2])
        elif sql.startswith("CREATE DATABASE"):
            databases[words[2]] = ""
        elif sql.startswith("DROP DATABASE"):
            databases.pop(words[-1], None)

    async def fetchval(self, _sql: str, name: str) -> bool:
        return name in self._server.databases

    async def fetchrow(self, *_: object) -> dict[str, str]:
        return FACTS

    async def fetch(self, _sql: str) -> list[dict[str, str]]:
        return [{"extname": "citext"}]

    async def close(self) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    made = FakeServer()
    monkeypatch.setattr(recreate, "connect", made.connect)
    return made


def make_anew(said: list[str]) -> None:
    with recreated(ADDRESS, said.append):
        pass


def test_the_new_one_bears_the_name_and_the_old_one_is_gone(server: FakeServer) -> None:
    make_anew([])
    assert server.databases == {"postgres": "", "shop": ""}


@pytest.mark.parametrize(
    ("begin", "error"),
    [
        ("CREATE DATABASE", asyncpg.InsufficientPrivilegeError("permission denied")),
        ("CREATE DATABASE", asyncpg.InterfaceError("connection is closed")),
        ("CREATE EXTENSION", asyncpg.InterfaceError("connection is closed")),
        ("CREATE EXTENSION", ConnectionResetError("reset")),
    ],
)
def test_what_breaks_before_the_new_one_is_there_gives_the_name_back(
    server: FakeServer, begin: str, error: Exception
) -> None:
    server.broken[begin] = error
    said: list[str] = []

    with pytest.raises(BlockedError):
        make_anew(said)

    assert server.databases == {"postgres": "", "shop": "the rows"}
    assert any("has its name and its rows again" in line for line in said)


def test_a_name_that_cannot_be_given_back_is_an_error_with_the_place_of_the_rows_and_the_commands(
    server: FakeServer,
) -> None:
    server.broken = {
        "CREATE EXTENSION": ConnectionResetError("reset"), "DROP DATABASE": asyncpg.ObjectInUseError("it is in use"),
    }

    with pytest.raises(NotUndoneError) as caught:
        make_anew([])

    assert (caught.value.exit_code, caught.value.reference) == (4, "recreate-left-over")
    assert 'ALTER DATABASE "shop_before_recreate" RENAME TO "shop"' in caught.value.hint
    assert server.databases["shop_before_recreate"] == "the rows"


def test_an_old_one_that_cannot_be_removed_is_told_and_fails_nothing(server: FakeServer) -> None:
    server.broken["DROP DATABASE"] = asyncpg.ObjectInUseError("it is in use")
    said: list[str] = []

    make_anew(said)

    assert ['DROP DATABASE "shop_before_recreate"' in line for line in said] == [True]


def test_an_old_one_that_is_left_is_not_written_over(server: FakeServer) -> None:
    server.databases["shop_before_recreate"] = "older rows"

    with pytest.raises(BlockedError, match="shop_before_recreate"):
        make_anew([])

    assert server.databases == {"postgres": "", "shop": "the rows", "shop_before_recreate": "older rows"}
