"""A PostgreSQL 15 that plays production: on a TCP port, with a password, its own cluster, gone afterwards."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from deploy.adapters.scratch.binaries import ServerBinaries

# Of this test process alone: what other processes of the machine were started with is looked through for it.
PASSWORD = f"pr0duction-pa55word-{secrets.token_hex(4)}"
USER = "shop"
START_SECONDS = 30
# What a check must leave as it is: catalog, revisions, rows, and how often anything was written.
STATE = """
SELECT json_build_object(
  'relations', (SELECT json_agg(json_build_array(c.oid::int8, c.relname, c.relfilenode::int8, c.xmin::text)
                                ORDER BY c.oid)
                  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'),
  'columns', (SELECT json_agg(json_build_array(attrelid::int8, attname, atttypid::int8, attnotnull)
                              ORDER BY attrelid, attnum)
                FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)),
  'written', (SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database()),
  'next_transaction', pg_snapshot_xmax(pg_current_snapshot())::text,
  'databases', (SELECT json_agg(datname ORDER BY datname) FROM pg_database))::text
"""


@dataclass(frozen=True)
class Production:
    """The running cluster.

    Attributes:
        url: of its database `shop`, with the password.
    """

    port: int
    major: int

    @property
    def url(self) -> str:
        """postgresql://…/shop."""
        return self.url_of("shop")

    def url_of(self, database: str, scheme: str = "postgresql") -> str:
        """The URL of one of its databases."""
        return f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "shop") -> Any:
        """Run these one after the other; the last one's first value."""
        return asyncio.run(self._run(statements, database))

    async def _run(self, statements: tuple[str, ...], database: str) -> Any:
        connection = await asyncpg.connect(self.url_of(database), statement_cache_size=0)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            if statements[-1].lstrip().upper().startswith(("SELECT", "SHOW", "WITH")):
                return await connection.fetchval(statements[-1])
            await connection.execute(statements[-1])
        finally:
            await connection.close()

    def state(self) -> str:
        """Everything that a check must not change, as one text."""
        return str(self.run("SELECT pg_stat_force_next_flush()", STATE))


@contextmanager
def production_cluster(binaries: ServerBinaries) -> Iterator[Production]:
    """Start it with an empty database `shop`."""
    with private_directory() as (directory, user):
        password_file = directory / "password"
        password_file.write_text(PASSWORD, encoding="utf-8")
        if user:
            shutil.chown(password_file, user)
        run_as(
            user, binaries.directory / "initdb", "-D", directory / "data", "-U", USER, "-A", "scram-sha-256",
            f"--pwfile={password_file}", "--no-sync", "-E", "UTF8", "--locale=C",
        )
        with started(binaries, directory, user) as production:
            production.run("CREATE DATABASE shop", database="postgres")
            yield production


@contextmanager
def standby_of(primary: Production, binaries: ServerBinaries) -> Iterator[Production]:
    """A second server that follows the first over loopback; it tells every second how far it is."""
    with private_directory() as (directory, user):
        run_as(
            user, binaries.directory / "pg_basebackup", "-D", directory / "data", "-h", "127.0.0.1", "-p", primary.port,
            "-U", USER, "-X", "stream", "-c", "fast", "--no-sync", "-R", password=PASSWORD,
        )
        with started(binaries, directory, user, {"wal_receiver_status_interval": 1}) as standby:
            yield standby


@contextmanager
def private_directory() -> Iterator[tuple[Path, str | None]]:
    """A directory that is gone afterwards, and the user who owns it; None where that is this process's own."""
    directory = Path(tempfile.mkdtemp(prefix="surefoot-test-production-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(directory, user)
    try:
        yield directory, user
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def started(
    binaries: ServerBinaries, directory: Path, user: str | None, more: Mapping[str, object] | None = None
) -> Iterator[Production]:
    """The server of the directory's `data`, on a free port; `more` are further settings."""
    port = _free_port()
    settings = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": directory, "fsync": "off",
        "autovacuum": "off", **(more or {}),
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(binaries.directory / "postgres"), "-D", str(directory / "data"), *words], user=user,
            extra_groups=[] if user else None, cwd="/", stdout=log, stderr=log, start_new_session=True,
        )
    try:
        _wait_until_ready(directory, process)
        yield Production(port, binaries.major)
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=20)


def run_as(user: str | None, *words: object, password: str = "") -> None:
    """Run one of its programs to the end; the password is for its connection."""
    subprocess.run(
        [str(word) for word in words], user=user, extra_groups=[] if user else None, cwd="/", check=True,
        capture_output=True, env={**os.environ, **({"PGPASSWORD": password} if password else {})},
    )


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_until_ready(directory: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    pid_file = directory / "data" / "postmaster.pid"
    while not (pid_file.exists() and "ready" in pid_file.read_text(encoding="utf-8")):
        assert process.poll() is None, (directory / "log").read_text(encoding="utf-8")
        assert time.monotonic() < deadline
        time.sleep(0.02)
