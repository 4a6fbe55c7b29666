"""The scratch database as one door: give it production's schema, run a migration, get what was seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from importlib.resources import files
from typing import Any

import asyncpg

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.forward import PORT, forwarded
from deploy.adapters.scratch.server import ScratchServer
from deploy.checking.alembic.project import AlembicProject
from deploy.checking.measuring.alembic_runner import SESSION_FACTS, AlembicListener
from deploy.checking.measuring.blocker import Blocker
from deploy.checking.measuring.calibrate import measure_rates
from deploy.checking.measuring.messages import LogTail
from deploy.checking.measuring.observer import Observer
from deploy.checking.measuring.restore_schema import execute_all, fill_materialized_views
from deploy.checking.measuring.row_trials import RowTrials
from deploy.checking.measuring.sql_runner import SqlStatement, run_sql
from deploy.checking.measuring.stuck import StuckGuard
from deploy.checking.measuring.watch import Watch
from deploy.model.errors import BlockedError
from deploy.model.rates import Rates
from deploy.model.snapshot import Snapshot
from deploy.model.trace import SqlFile, StatementShape, TracedRevision, TracedRun

RUN_SECONDS = 1800.0
# Already quoted where it must be.
VERSION_TABLE = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relname LIKE '%alembic_version%' AND c.relkind = 'r' AND a.attname = 'version_num' LIMIT 1
"""
Messages = Callable[[], dict[int, list[str]]]


class ScratchDatabase:
    """One database of one scratch server; sessions are watched."""

    def __init__(self, server: ScratchServer, loop: LoopThread, database_name: str) -> None:
        self._server = server
        self._loop = loop
        self._database_name = server.database_name or database_name
        self._told: dict[int, list[str]] = {}
        self._socket = server.socket_directory / "watch.sock"

    @property
    def label(self) -> str:
        """`PostgreSQL 17.10 (wheel)`."""
        return self._server.label

    @property
    def major(self) -> int:
        """`17`."""
        return self._server.major

    def create(self, role_names: Sequence[str]) -> None:
        """Make the database, and roles that statements may name; a server that is not ours gets neither."""
        if self._server.log_path is None:
            return
        self._loop.run(self._create(role_names))

    def load_schema(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Restore production's schema; returns what could not be restored, one line each."""
        return self._loop.run(self._load(snapshot))

    def stamp(self, revision_ids: Sequence[str]) -> None:
        """Write the revisions into the alembic_version table of the restored schema."""
        self._loop.run(self._stamp(revision_ids))

    def measure_rates(self) -> Rates:
        """See calibrate."""
        return self._loop.run(self._measure_rates())

    async def _measure_rates(self) -> Rates:
        connection = await self._connect()
        try:
            return await measure_rates(connection, self.label)
        finally:
            await connection.close()

    async def _stamp(self, revision_ids: Sequence[str]) -> None:
        connection = await self._connect()
        try:
            table = await connection.fetchval(VERSION_TABLE)
            for revision_id in revision_ids if table else ():
                await connection.execute(f"INSERT INTO {table} (version_num) VALUES ($1)", revision_id)  # noqa: S608
        finally:
            await connection.close()

    def run_sql(
        self, sql_files: Sequence[SqlFile], shape_of: Callable[[str], StatementShape]
    ) -> TracedRun:
        """Run plain SQL under the watch, file by file."""
        return self._loop.run(self._run_sql(sql_files, shape_of))

    def run_alembic(
        self, project: AlembicProject, stages: Sequence[Mapping[str, Any]], command: Sequence[str],
        shape_of: Callable[[str], StatementShape], say: Callable[[str], None], *, splits_transactions: bool,
    ) -> TracedRun:
        """Run a project's own environment under the watch.

        Args:
            stages: `{"do": "upgrade", "stamp" or "downgrade", "to": [...], "watched": bool}`, in their order; with
                `is_trial` the way back and the second upgrade, `to` of its downgrade the revisions, newest first.
            command: the project's own migration command, instead of the stages.
            splits_transactions: commit between revisions even where env.py does not, to look at each alone.
        """
        return self._loop.run(self._run_alembic(project, stages, command, shape_of, say, splits_transactions))

    async def _connect(self, database_name: str | None = None) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=self._server.address, port=self._server.port, user=self._server.user,
            database=database_name or self._database_name, statement_cache_size=0,
            password=self._server.password or None, ssl=self._server.ssl_mode,
        )

    async def _create(self, role_names: Sequence[str]) -> None:
        connection = await self._connect("postgres")
        try:
            for name in dict.fromkeys(["postgres", *role_names]):
                if not name.startswith("pg_") and name != SUPERUSER:
                    await connection.execute(f"CREATE ROLE {_quoted(name)}")
            if self._database_name != "postgres":
                await connection.execute(self._server.create_database(self._database_name))
        finally:
            await connection.close()

    async def _load(self, snapshot: Snapshot) -> tuple[str, ...]:
        connection = await self._connect()
        try:
            problems = await execute_all(connection, snapshot.schema_statements())
            await fill_materialized_views(connection)
            return problems
        finally:
            await connection.close()

    @contextmanager
    def _log(self) -> Iterator[Messages]:
        """What backends say: from our server's log; from another's, what the connections pass on."""
        if self._server.log_path is None:
            yield self._new_told
            return
        tail = LogTail(self._server.log_path)
        try:
            yield tail.new_messages
        finally:
            tail.close()

    def _new_told(self) -> dict[int, list[str]]:
        told, self._told = self._told, {}
        return told

    def _hear(self, pid: int, message: str) -> None:
        """A message that came with a watched connection."""
        self._told.setdefault(pid, []).append(message)

    async def _open_watch(self, messages: Messages) -> tuple[Watch, asyncpg.Connection]:
        eyes = await self._connect()
        install = files("deploy.checking.measuring").joinpath("install_watch.sql").read_text(encoding="utf-8")
        try:
            await eyes.execute(install)
        except asyncpg.InsufficientPrivilegeError:
            raise BlockedError(
                "the scratch server's role is not a superuser: what a statement drops could not be seen",
                hint="name a superuser in --server, or leave --server out", reference="scratch-server-not-superuser",
            ) from None

        async def connect_blocker() -> Blocker:
            return Blocker(await self._connect())

        watch = Watch(Observer(eyes), messages, connect_blocker, self.major)
        await watch.begin()
        return watch, eyes

    async def _run_sql(self, sql_files: Sequence[SqlFile], shape_of: Callable[[str], StatementShape]) -> TracedRun:
        traced: list[TracedRevision] = []
        with self._log() as messages:
            watch, eyes = await self._open_watch(messages)
            connection = await self._connect()
            if self._server.log_path is None:
                connection.add_log_listener(lambda session, said: self._hear(session.get_server_pid(), said.message))
            # Before the files: what they set themselves holds only from there on.
            facts = await connection.fetchval(SESSION_FACTS)
            rows = RowTrials()
            try:
                for sql_file in sql_files:
                    statements = [
                        SqlStatement(text, line, sql_file.rows.get(place))
                        for place, (text, line) in enumerate(sql_file.statements)
                    ]
                    await self._try_rows(watch, rows, traced)
                    traced.append(
                        await run_sql(
                            watch, connection, sql_file.name, statements, shape_of,
                            is_one_transaction=sql_file.is_one_transaction,
                        )
                    )
                    if traced[-1].error:
                        break
                else:
                    await self._try_rows(watch, rows, traced)
            finally:
                await connection.close()
                await eyes.close()
        lock_timeout, statement_timeout, time_zone = facts.split("|")
        error = traced[-1].error if traced else ""
        return TracedRun(
            self.label, self.major, tuple(traced), lock_timeout, statement_timeout, time_zone, error,
            is_error_of_sql=bool(error),
        )

    async def _try_rows(self, watch: Watch, rows: RowTrials, traced: list[TracedRevision]) -> None:
        """Whether triggers fail on a row by now: told of the file that ran last."""
        connection = await self._connect()
        try:
            broken = tuple((await rows.look(connection)).values())
            watch.forget_messages([connection.get_server_pid()])
        finally:
            await connection.close()
        if broken and traced:
            traced[-1] = replace(traced[-1], broken=broken)

    async def _run_alembic(
        self, project: AlembicProject, stages: Sequence[Mapping[str, Any]], command: Sequence[str],
        shape_of: Callable[[str], StatementShape], say: Callable[[str], None], splits_transactions: bool,
    ) -> TracedRun:
        with self._log() as messages:
            watch, eyes = await self._open_watch(messages)
            listener = AlembicListener(watch, shape_of, say, self._hear, StuckGuard(self._connect))
            listener.is_upgrade = not any(s["do"] == "downgrade" and not s.get("is_trial") for s in stages)
            server = await listener.listen(self._socket)
            structure_sql = files("deploy.checking.measuring").joinpath("structure.sql").read_text(encoding="utf-8")
            can_look = await _can_ask(eyes, structure_sql)
            directory, is_near = self._server.socket_directory, self._server.address.startswith("/")
            config = {
                "socket": str(self._socket), "host": self._server.address if is_near else str(directory),
                "port": self._server.port if is_near else PORT,
                "user": self._server.user, "password": self._server.password, "database": self._database_name,
                "ssl_mode": self._server.ssl_mode, "proof_sql": self._server.proof_sql, "proof": self._server.proof,
                "has_notices": self._server.log_path is None, "stages": list(stages), "command": list(command),
                "splits_transactions": splits_transactions,
                "trials": _tried_revisions(stages) if can_look else [],
                "structure_sql": structure_sql,
            }
            try:
                async with nullcontext() if is_near else forwarded(
                    directory, self._server.address, self._server.port, self._server.ssl_mode
                ):
                    strangers = asyncio.ensure_future(listener.watch_strangers())
                    ended = await asyncio.to_thread(project.trace, config, {directory: directory}, RUN_SECONDS)
                    await listener.drained()
                    strangers.cancel()
                    await asyncio.gather(strangers, return_exceptions=True)
            finally:
                server.close()
                await eyes.close()
                self._socket.unlink(missing_ok=True)
        return listener.result(self.label, self.major, ended)


def _tried_revisions(stages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those whose schema is looked at around their upgrade and their downgrade."""
    return [name for stage in stages if stage["do"] == "downgrade" and stage.get("is_trial") for name in stage["to"]]


async def _can_ask(connection: asyncpg.Connection, sql: str) -> bool:
    """Whether this server answers; a question that fails would end the transaction of the migration that is watched."""
    try:
        await connection.fetchval(sql)
    except asyncpg.PostgresError:
        return False
    return True


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def open_scratch(
    server: AbstractContextManager[ScratchServer], database_name: str = "scratch", role_names: Sequence[str] = ()
) -> Iterator[ScratchDatabase]:
    """A fresh server with one empty database; both are gone afterwards.

    Raises:
        BlockedError: the server does not start.
    """
    loop = LoopThread()
    try:
        with server as started:
            database = ScratchDatabase(started, loop, database_name)
            database.create(role_names)
            yield database
    finally:
        loop.close()
