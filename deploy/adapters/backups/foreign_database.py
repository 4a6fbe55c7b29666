"""The database beside production's that a dump of another origin is filled into."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from deploy.adapters.backups.databases import create_database_sql, quoted, read_content, read_properties
from deploy.adapters.backups.maintenance_database import Maintenance
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.model.backups import DatabaseContent, DatabaseProperties
from deploy.model.database import DatabaseState
from deploy.model.restores import importing_name

Result = TypeVar("Result")


class ForeignDatabase:
    """An empty database beside production's for a dump to be filled into; gone when the block is left.

    It always bears the same name, so that what a killed run left is removed by the next.

    Args:
        address: of production's database, whose encoding and locale it gets.
    """

    def __init__(self, address: DatabaseAddress) -> None:
        self._live = address
        self._maintenance = Maintenance(address)
        self.address = replace(address, database_name=importing_name(address.database_name))
        self.live_properties: DatabaseProperties | None = None

    def __enter__(self) -> ForeignDatabase:
        run_once(self._make())
        return self

    def __exit__(self, *_: object) -> None:
        run_once(self._drop())

    def content(self) -> DatabaseContent:
        """What arrived, counted whole."""
        return run_once(read_content(self.address, ()))

    def state(self) -> DatabaseState:
        """One look."""
        database = PostgresDatabase(self.address)
        try:
            return database.observe()
        finally:
            database.close()

    async def _make(self) -> None:
        await self._drop()
        raw = await self._maintenance.ground(self._live.database_name)
        live = next((d for d in await self._maintenance.databases() if d.name == self._live.database_name), None)
        if live is None or not live.is_open:
            await self._maintenance.run(f"CREATE DATABASE {quoted(self.address.database_name)} TEMPLATE template0")
            return
        self.live_properties = await read_properties(self._live)
        await self._maintenance.run(
            create_database_sql(
                self.address.database_name, self.live_properties, raw["server_major"], has_owner=False
            )
        )

    async def _drop(self) -> None:
        name = self.address.database_name
        if any(database.name == name for database in await self._maintenance.databases()):
            await self._maintenance.close(name)
            await self._maintenance.drop(name)


def run_once(work: Coroutine[Any, Any, Result]) -> Result:
    """On an event loop of its own."""
    loop = LoopThread()
    try:
        return loop.run(work)
    finally:
        loop.close()
