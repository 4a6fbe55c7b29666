"""One database of a running server, and backups of it by the real adapter."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg

from deploy.adapters.backups.databases import quoted
from deploy.adapters.backups.pg_backups import BackupOptions, PgBackups
from deploy.adapters.backups.reading import file_problems
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.scratch.server import ScratchServer
from deploy.checks.restored_content import content_problems
from deploy.model.backups import Backup, Occasion, RestoredAside
from deploy.model.database import DatabaseState

BY_ANN = Occasion("ann", "host")


def never() -> bool:
    """Nobody asks for a stop."""
    return False


def silent(_: str) -> None:
    """Nobody listens."""


@dataclass
class Site:
    """A database that is backed up; `backups` is the door under test."""

    address: DatabaseAddress
    major: int
    directory: Path
    options: BackupOptions = field(default_factory=BackupOptions)

    @classmethod
    @contextmanager
    def on(cls, server: ScratchServer, directory: Path, name: str = "") -> Iterator[Site]:
        """A new database there, gone afterwards."""
        name = name or f"shop_{secrets.token_hex(4)}"
        maintenance = DatabaseAddress(server.address, server.port, server.user, "postgres")
        run(maintenance, f"CREATE DATABASE {quoted(name)}")
        try:
            yield cls(replace(maintenance, database_name=name), server.major, directory)
        finally:
            run(maintenance, f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")

    @property
    def backups(self) -> PgBackups:
        """The door, made anew: nothing is remembered between two calls."""
        return PgBackups(self.directory, self.address, tuple, self.options)

    def run(self, *statements: str) -> None:
        """Statements, each in a transaction of its own."""
        run(self.address, *statements)

    def ask(self, question: str, *values: object) -> Any:
        """One value."""
        return ask(self.address, question, *values)

    def state(self) -> DatabaseState:
        """One look."""
        database = PostgresDatabase(self.address)
        try:
            return database.observe()
        finally:
            database.close()

    def create(self, **changes: Any) -> Backup:
        """One backup; `say` and `is_stop_requested` may be given."""
        words = {"say": silent, "is_stop_requested": never} | changes
        return self.backups.create(self.state(), BY_ANN, **words)

    def restore_aside(self, backup: Backup) -> RestoredAside:
        """What comes back in a throw-away server."""
        return self.backups.restore_aside(backup.name, say=silent, is_stop_requested=never)

    def problems(self, backup: Backup) -> tuple[str, ...]:
        """What verify would say of it."""
        return content_problems(backup.manifest.content, self.restore_aside(backup).content)

    def problems_of_files(self, backup: Backup) -> tuple[str, ...]:
        """What is wrong with its files."""
        return file_problems(self.directory / backup.name, backup.manifest, lambda: None)

    def left_behind(self) -> list[str]:
        """Everything in the backup directory."""
        return sorted(path.name for path in self.directory.iterdir()) if self.directory.is_dir() else []


def run(address: DatabaseAddress, *statements: str) -> None:
    """Statements, each in a transaction of its own."""

    async def work() -> None:
        connection = await _connect(address)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(work())


def ask(address: DatabaseAddress, question: str, *values: object) -> Any:
    """One value."""

    async def work() -> Any:
        connection = await _connect(address)
        try:
            return await connection.fetchval(question, *values)
        finally:
            await connection.close()

    return asyncio.run(work())


async def _connect(address: DatabaseAddress) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=address.host, port=address.port, user=address.user, password=address.password or None,
        database=address.database_name, ssl=False,
    )
