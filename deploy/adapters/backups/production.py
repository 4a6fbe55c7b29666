"""doors.Restores: production's own server. A backup comes back beside the live database, and takes its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import docker

from deploy.adapters.backups.databases import create_database_sql, execute, quoted, read_content
from deploy.adapters.backups.folder import BackupFolder
from deploy.adapters.backups.ground import to_ground
from deploy.adapters.backups.maintenance_database import Maintenance, maintenance_address
from deploy.adapters.backups.phased_restore import NO_SETTINGS
from deploy.adapters.backups.programs import CHECKING, IsStopRequested, raise_if
from deploy.adapters.backups.reading import plain_archive, require_whole
from deploy.adapters.backups.restoring import Restorer, require_client
from deploy.adapters.backups.tables import TablesAside, TablesOrder
from deploy.adapters.postgres.address import LOOPBACK, DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.postgres.dump_client import DumpClient, find_dump_client
from deploy.adapters.postgres.errors import FAILED
from deploy.model.backups import DatabaseContent, Manifest, TableContent
from deploy.model.releases import VersionTable
from deploy.model.restores import RestoreGround, RowsSince, ServerDatabase, TableCopy

COUNT_NEWER_SECONDS = 20
NAMES_NO_ROLE = ("ALTER DATABASE ", "COMMENT ")
WITHOUT_OWNER = ("--no-owner", "--no-privileges")
IN_PLACE = ("--clean", "--if-exists", "--single-transaction", "--exit-on-error")
# Autovacuum comes to tables that were just filled, and an index build then waits for this long until it gives way.
AUTOVACUUM_GIVES_WAY = {"deadlock_timeout": "50ms"}
Result = TypeVar("Result")
Containers = Callable[[], Sequence[Mapping[str, str]]]


class PgRestores:
    """One server, reached as the deploying role.

    Args:
        directory: where the backups are.
        server_containers: running containers that may be this server (see PgBackups).
        data_directory: the directory of this machine that such a container writes to.
        identity_file: the key of encrypted backups.
        engine: asked when a scratch server is needed; None where there is no engine.
        version_table: as of PostgresDatabase.
    """

    def __init__(
        self, directory: Path, address: DatabaseAddress, server_containers: Containers,
        data_directory: Callable[[], str | None], identity_file: Path | None,
        engine: Callable[[], docker.DockerClient | None] = lambda: None,
        version_table: Callable[[], VersionTable | None] = lambda: None,
    ) -> None:
        self._version_table = version_table
        self._folder = BackupFolder(directory)
        self._address = address
        self._server_containers = server_containers
        self._data_directory = data_directory
        self._identity_file = identity_file
        self._engine = engine
        self._maintenance = Maintenance(address)
        # The same advisory key as a deployment's, in another database: the live one is closed meanwhile.
        self._lock = PostgresDatabase(maintenance_address(address), lock_name=address.database_name)

    @property
    def database_name(self) -> str:
        """The application's."""
        return self._address.database_name

    def take_lock(self) -> None:
        """Keep other restores of this database away, also while it is closed."""
        self._lock.take_deployment_lock()

    def keep_lock(self) -> None:
        """The same, where it was held and its session has ended."""
        self._lock.keep_deployment_lock()

    def close(self) -> None:
        """End all connections."""
        self._lock.close()

    def ground(self) -> RestoreGround:
        """One look at the server."""
        raw, databases = self._run(self._look())
        return to_ground(raw, databases, self.database_name, self._disk_path(raw))

    def databases(self) -> tuple[ServerDatabase, ...]:
        """All of the server."""
        return self._run(self._maintenance.databases())

    def require_readable(self, backup_name: str, is_stop_requested: IsStopRequested) -> None:
        """Checksums, and the key where one is needed; nothing else is touched."""
        with self._folder.using(backup_name) as directory:
            manifest = self._folder.get(backup_name).manifest
            require_whole(directory, manifest, lambda: raise_if(is_stop_requested, CHECKING))
            with plain_archive(directory, manifest, self._identity_file):
                pass

    def client(self, server_major: int) -> str:
        """Which pg_restore would be used."""
        return self._client(server_major).label

    def close_database(self, name: str) -> int:
        """Nobody in, nobody gets in."""
        return self._run(self._maintenance.close(name))

    def open_database(self, name: str) -> None:
        """Everybody gets in again."""
        self._run(self._maintenance.open(name))

    def end_sessions(self, name: str) -> int:
        """End who is in."""
        return self._run(self._maintenance.end_sessions(name))

    def create_database(self, name: str, backup_name: str, *, has_owner: bool) -> None:
        """An empty one with the backup's owner, encoding and locale; one that is there goes first."""
        manifest = self._folder.get(backup_name).manifest
        self.drop_database(name)
        major = self._run(self._maintenance.ground(self.database_name))["server_major"]
        self._run(
            self._maintenance.run(create_database_sql(name, manifest.properties, major, has_owner=has_owner))
        )

    def fill_database(
        self, name: str, backup_name: str, *, has_owner: bool, say: Callable[[str], None],
        is_stop_requested: IsStopRequested,
    ) -> float:
        """Everything of the archive, and fresh planner statistics; returns the seconds of the restore."""
        with self._archive(backup_name, is_stop_requested) as (archive, manifest):
            restorer = Restorer(self._client(manifest.server_major), self._address, say, is_stop_requested)
            began = time.monotonic()
            words = () if has_owner else WITHOUT_OWNER
            restorer.restore(archive, name, words, manifest.content.tables, self._settings())
            seconds = time.monotonic() - began
        self._run(self._analyze(name))
        return seconds

    def _settings(self) -> Mapping[str, str]:
        is_superuser = self._run(self._maintenance.ground(self.database_name))["is_superuser"]
        return AUTOVACUUM_GIVES_WAY if is_superuser else NO_SETTINGS

    def fill_in_place(
        self, backup_name: str, *, has_owner: bool, say: Callable[[str], None], is_stop_requested: IsStopRequested
    ) -> float:
        """Over the live database, in one transaction: all of it or nothing."""
        with self._archive(backup_name, is_stop_requested) as (archive, manifest):
            restorer = Restorer(self._client(manifest.server_major), self._address, say, is_stop_requested)
            began = time.monotonic()
            words = (*IN_PLACE, *(() if has_owner else WITHOUT_OWNER))
            restorer.restore_with(archive, self.database_name, words, is_live=True)
            seconds = time.monotonic() - began
        self._run(self._analyze(self.database_name))
        return seconds

    def apply_properties(self, name: str, backup_name: str, *, has_owner: bool) -> None:
        """Settings, rights and comment that belong to the database itself; without owners, what names no role."""
        properties = self._folder.get(backup_name).manifest.properties
        statements = [text.replace("{database}", quoted(name)) for text in properties.statements]
        if not has_owner:
            statements = [text for text in statements if text.startswith(NAMES_NO_ROLE)]
        if not any(text.startswith("COMMENT ") for text in statements):
            statements.append(f"COMMENT ON DATABASE {quoted(name)} IS NULL")
        limit = f"ALTER DATABASE {quoted(name)} CONNECTION LIMIT {properties.connection_limit}"
        self._run(self._maintenance.run(*statements, limit))

    def mark_database(self, name: str, text: str) -> None:
        """Note how far it is."""
        self._run(self._maintenance.mark(name, text))

    def content(self, name: str, hashed_tables: Sequence[str]) -> DatabaseContent:
        """What is in it, counted whole."""
        return self._run(read_content(replace(self._address, database_name=name), hashed_tables, self._version_table()))

    def rename_databases(self, renames: Sequence[tuple[str, str]], open_name: str) -> None:
        """Close each, then all renames in one transaction; `open_name` is open from that moment on."""
        for old, _ in renames:
            self.close_database(old)
        self._run(self._maintenance.rename(renames, open_name))

    def drop_database(self, name: str) -> None:
        """Whoever is in it is ended: a pg_restore that outlived its deployment must not write into the next one."""
        if any(found.name == name for found in self.databases()):
            self.close_database(name)
            self._run(self._maintenance.drop(name))

    def bring_tables(
        self, backup_name: str, copies: Sequence[TableCopy], *, say: Callable[[str], None],
        is_stop_requested: IsStopRequested,
    ) -> tuple[TableContent, ...]:
        """Tables of a backup beside the live ones; all of them or none."""
        with self._folder.using(backup_name) as directory:
            manifest = self._folder.get(backup_name).manifest
            order = TablesOrder(tuple(copies), self._client(manifest.server_major), self._address)
            aside = TablesAside(self._engine(), self._identity_file)
            return aside.bring(directory, manifest, order, say, is_stop_requested)

    def rows_since(self, columns: Sequence[str], since: datetime) -> tuple[RowsSince, ...]:
        """Rows of the live database that a backup of that moment has not."""
        return self._run(self._count_newer(columns, since)) if columns else ()

    def count_rows(self, table_names: Sequence[str]) -> dict[str, int]:
        """Exact, of the live database; what cannot be counted in time is left out."""
        return self._run(self._count_rows(table_names)) if table_names else {}

    async def _count_rows(self, table_names: Sequence[str]) -> dict[str, int]:
        connection = await connect(self._address, command_seconds=COUNT_NEWER_SECONDS)
        counted = {}
        try:
            for name in table_names:
                relation = ".".join(quoted(part) for part in name.split("."))
                with suppress(*FAILED):
                    counted[name] = await connection.fetchval(f"SELECT count(*) FROM {relation}")  # noqa: S608 - quoted
            return counted
        finally:
            await connection.close()

    @contextmanager
    def _archive(self, backup_name: str, is_stop_requested: IsStopRequested) -> Iterator[tuple[Path, Manifest]]:
        with self._folder.using(backup_name) as directory:
            manifest = self._folder.get(backup_name).manifest
            require_whole(directory, manifest, lambda: raise_if(is_stop_requested, CHECKING))
            with plain_archive(directory, manifest, self._identity_file) as archive:
                yield archive, manifest

    async def _look(self) -> tuple[dict[str, Any], tuple[ServerDatabase, ...]]:
        raw = await self._maintenance.ground(self.database_name)
        return raw, await self._maintenance.databases()

    async def _analyze(self, name: str) -> None:
        """A restored database has no statistics: its first queries would be planned blindly."""
        await execute(replace(self._address, database_name=name), "ANALYZE")

    async def _count_newer(self, columns: Sequence[str], since: datetime) -> tuple[RowsSince, ...]:
        connection = await connect(self._address, command_seconds=COUNT_NEWER_SECONDS)
        try:
            await connection.execute("SET TimeZone = 'UTC'")
            return tuple([await _newer(connection, column, since) for column in columns])
        finally:
            await connection.close()

    def _client(self, server_major: int) -> DumpClient:
        found = find_dump_client(self._address, server_major, self._server_containers())
        return require_client(found, server_major)

    def _disk_path(self, raw: Mapping[str, Any]) -> str | None:
        """Where the server writes on this machine; None where it cannot be told."""
        if self._server_containers():
            return self._data_directory()
        directory = raw["data_directory"]
        host, _ = self._address.reached()
        is_here = host in LOOPBACK or host.startswith("/")
        return directory if is_here and directory and Path(directory).exists() else None

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        loop = LoopThread()
        try:
            return loop.run(work)
        finally:
            loop.close()


async def _newer(connection: asyncpg.Connection, column: str, since: datetime) -> RowsSince:
    table, _, name = column.rpartition(".")
    relation = ".".join(quoted(part) for part in table.split("."))
    sql = f"SELECT count(*) FROM {relation} WHERE {quoted(name)} > $1::timestamptz"  # noqa: S608 - quoted
    try:
        return RowsSince(column, await connection.fetchval(sql, since))
    except FAILED as error:
        return RowsSince(column, None, str(error) or "it took too long")
