"""Production's schema and sizes, read only: pg_dump --schema-only, and the statistics that PostgreSQL keeps anyway."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect, connect_as_the_migration, translate
from deploy.adapters.postgres.dump_client import DumpClient, client_environment, find_dump_client, newer_dump_client
from deploy.adapters.postgres.errors import FAILED, LOST
from deploy.adapters.postgres.version_tables import read_version_tables
from deploy.adapters.process import redact
from deploy.model.errors import BlockedError
from deploy.model.releases import VersionTable
from deploy.model.row_question import RowQuestion
from deploy.model.snapshot import IndexUse, Snapshot, TableSize, TimeLimit
from deploy.model.version_tables import VersionRows, revision_in

DUMP_SECONDS = 60
QUESTION_TIMEOUT = "2s"
ALL_QUESTIONS_SECONDS = 10.0
LOCK_WAIT = "5s"
DUMP_WORDS = (
    "--schema-only", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions", "--no-tablespaces",
    "--no-security-labels", f"--lock-wait-timeout={LOCK_WAIT}", "--no-password",
)


class PostgresSnapshots:
    """doors.Snapshots of one database.

    Args:
        server_containers: running containers that may be the server; their pg_dump is of its own version.
        version_table: as of PostgresDatabase.
    """

    def __init__(
        self, address: DatabaseAddress, server_containers: Callable[[], Sequence[Mapping[str, str]]],
        version_table: Callable[[], VersionTable | None] = lambda: None,
    ) -> None:
        self._version_table = version_table
        self._address = address
        self._server_containers = server_containers

    def take(self) -> Snapshot:
        """One look."""
        return take_snapshot(self._address, self._server_containers, self._version_table())

    def ask_rows(self, questions: Sequence[RowQuestion]) -> tuple[bool | None, ...]:
        """Each in a read-only transaction; one that takes too long, or does not fit the schema, has no answer."""
        loop = LoopThread()
        try:
            return loop.run(_ask_rows(self._address, questions))
        finally:
            loop.close()


def take_snapshot(
    address: DatabaseAddress, server_containers: Callable[[], Sequence[Mapping[str, str]]],
    version_table: VersionTable | None = None,
) -> Snapshot:
    """One look at production; locks nothing but ACCESS SHARE for some milliseconds.

    Args:
        version_table: where the project's env.py keeps the revision; None where that is not known yet.

    Raises:
        BlockedError: it does not answer, or no pg_dump of its major or newer is at hand.
    """
    loop = LoopThread()
    try:
        raw, tables = loop.run(_read_sizes(address))
    except asyncpg.LockNotAvailableError:
        raise _locked_out(address) from None
    finally:
        loop.close()
    client = find_dump_client(address, raw["server_major"], server_containers()) or newer_dump_client(
        address, raw["server_major"]
    )
    if client is None:
        raise BlockedError(
            f"no pg_dump of PostgreSQL {raw['server_major']} or newer is available to read the schema",
            hint=f"apt-get install postgresql-client-{raw['server_major']}, or save a snapshot on a machine that has "
            "one: ./scripts/migration-check.sh snapshot",
            reference="no-dump-client",
        )
    return _snapshot(raw, tables, version_table, _dump_schema(client, address))


async def _read_sizes(address: DatabaseAddress) -> tuple[dict[str, Any], tuple[VersionRows, ...]]:
    connection = await connect(address)
    try:
        text = await connection.fetchval(
            files("deploy.adapters.postgres").joinpath("sql/sizes.sql").read_text(encoding="utf-8")
        )
        tables = await read_version_tables(connection)
        limits = await _read_limits(address)
    except asyncpg.LockNotAvailableError:
        raise
    except FAILED as error:
        raise translate(error, address) from None
    finally:
        await connection.close()
    return json.loads(text) | {"time_limits": limits}, tables


async def _read_limits(address: DatabaseAddress) -> tuple[TimeLimit, ...]:
    """What the role's own sessions are cut off by; on a connection without our limits, which would hide them."""
    connection = await connect_as_the_migration(address)
    try:
        sql = files("deploy.adapters.postgres").joinpath("sql/time_limits.sql").read_text(encoding="utf-8")
        return tuple(TimeLimit(*row) for row in await connection.fetch(sql))
    finally:
        await connection.close()


async def _ask_rows(address: DatabaseAddress, questions: Sequence[RowQuestion]) -> tuple[bool | None, ...]:
    connection = await connect(address)
    deadline = time.monotonic() + ALL_QUESTIONS_SECONDS
    answers: list[bool | None] = []
    try:
        await connection.execute(f"SET statement_timeout = '{QUESTION_TIMEOUT}'; SET lock_timeout = '200ms'")
        for question in questions:
            if time.monotonic() > deadline:
                answers.append(None)
                continue
            try:
                async with connection.transaction(readonly=True):
                    answers.append(await connection.fetchval(question.sql))
            except asyncpg.PostgresError:
                answers.append(None)
    except (*LOST, OSError, TimeoutError):
        answers += [None] * (len(questions) - len(answers))
    finally:
        await connection.close()
    return tuple(answers)


def _dump_schema(client: DumpClient, address: DatabaseAddress) -> str:
    argv = client.argv(
        "pg_dump", *DUMP_WORDS, f"--username={address.user}", f"--port={client.port}",
        *([f"--host={client.host}"] if client.host else []), f"--dbname={address.database_name}",
    )
    try:
        done = subprocess.run(
            argv, env=client_environment(address), capture_output=True, text=True, errors="replace",
            timeout=DUMP_SECONDS, check=False, stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise BlockedError(
            f"pg_dump --schema-only did not end within {DUMP_SECONDS} s",
            hint="does something hold an ACCESS EXCLUSIVE lock? ./scripts/deploy.sh monitor",
            reference="schema-not-read",
        ) from None
    if done.returncode != 0 and "lock timeout" in done.stderr:
        raise _locked_out(address)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it printed nothing"]
        raise BlockedError(
            f"the schema could not be read: {redact(lines[-1], [address.password])}",
            hint="pg_dump --schema-only needs SELECT on every table (GRANT pg_read_all_data)",
            reference="schema-not-read",
        )
    return done.stdout


def _locked_out(address: DatabaseAddress) -> BlockedError:
    holders = _lock_holders(address) or "a table is locked by another session"
    return BlockedError(
        f"the schema could not be read within {LOCK_WAIT}: {holders}",
        hint="wait until it has ended, or end it with pg_terminate_backend(pid), and try again",
        reference="schema-locked",
    )


def _lock_holders(address: DatabaseAddress) -> str:
    """Who keeps readers out: `orders is locked by pid 42 (psql, ann), for 12 s`."""
    loop = LoopThread()
    try:
        rows = loop.run(_read_lock_holders(address))
    except BlockedError:
        return ""
    finally:
        loop.close()
    return "; ".join(f"{table} is locked by pid {pid} ({who}), for {age:.0f} s" for table, pid, who, age in rows)


async def _read_lock_holders(address: DatabaseAddress) -> list[tuple[str, int, str, float]]:
    connection = await connect(address)
    try:
        sql = files("deploy.adapters.postgres").joinpath("sql/exclusive_holders.sql").read_text(encoding="utf-8")
        return [tuple(row) for row in await connection.fetch(sql)]
    except asyncpg.PostgresError as error:
        raise translate(error, address) from None
    finally:
        await connection.close()


def _snapshot(
    raw: Mapping[str, Any], tables: tuple[VersionRows, ...], version_table: VersionTable | None, schema_sql: str
) -> Snapshot:
    revisions, problem = revision_in(tables, version_table)
    return Snapshot(
        taken_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        database_name=raw["database_name"],
        server_version=raw["server_version"].split()[0],
        server_major=raw["server_major"],
        revision_ids=revisions,
        schema_sql=schema_sql,
        role_names=tuple(raw["roles"] or ()),
        tables=_with_partitions(raw["tables"] or [], raw["partitions"] or []),
        indexes=tuple(
            IndexUse(_shown(schema, name), _shown(schema, table), size, scans)
            for schema, name, table, size, scans in raw["indexes"] or ()
        ),
        time_zone=raw["time_zone"],
        invalid_indexes=tuple(raw["invalid_indexes"] or ()),
        unvalidated_constraints=tuple(raw["unvalidated_constraints"] or ()),
        version_tables=tables,
        revision_problem=problem,
        available_extensions=tuple(raw["available_extensions"] or ()),
        time_limits=raw["time_limits"],
    )


def _with_partitions(rows: Sequence[Sequence[Any]], links: Sequence[Sequence[str]]) -> tuple[TableSize, ...]:
    """A partitioned table weighs what its partitions weigh together."""
    sizes = {
        _shown(schema, name): TableSize(_shown(schema, name), rows_ if not is_unknown else max(rows_, 1), *rest)
        for schema, name, rows_, *rest, is_unknown in rows
    }
    children: dict[str, list[str]] = {}
    for parent_schema, parent, child_schema, child in links:
        children.setdefault(_shown(parent_schema, parent), []).append(_shown(child_schema, child))

    def total(name: str) -> TableSize:
        own = sizes[name]
        parts = [total(child) for child in children.get(name, ()) if child in sizes]
        return TableSize(
            name, own.rows + sum(p.rows for p in parts), own.table_bytes + sum(p.table_bytes for p in parts),
            own.index_bytes + sum(p.index_bytes for p in parts), own.reads + sum(p.reads for p in parts),
            own.writes + sum(p.writes for p in parts),
        )

    return tuple(total(name) for name in sizes)


def _shown(schema: str, name: str) -> str:
    return name if schema == "public" else f"{schema}.{name}"
