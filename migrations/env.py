"""Alembic's environment: how revisions are run against PostgreSQL.

One transaction per revision, so that a lock lives as long as its revision and not as long as the run.
``lock_timeout`` on the connection, so that a migration gives up before users notice it; it then tries
again. A new try skips the revisions that are finished; one that was cut off inside its autocommit block
runs again, so everything in such a block must be harmless to repeat (``migrations/safe_forms.py``).
"""

import asyncio
import logging
import random
import signal
from logging.config import fileConfig
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.models import Base
from migrations.migration_lock import migration_lock
from migrations.pending import pending_lines
from migrations.production_guard import command_name, refuse_by_mark, refuse_by_settings, refuse_directives
from migrations.settings import MigrationSettings, read_database_url, read_migration_settings

RETRYABLE_SQLSTATES = {"55P03", "40P01"}  # lock_not_available, deadlock_detected
LONGEST_PAUSE_SECONDS = 10.0

SET_LOCK_TIMEOUT = "SET lock_timeout = '{}'"
# PostgreSQL 14 and newer notice a killed client in the middle of a statement: without this, a killed run
# frees the migration lock while the server still builds its index, and the next run meets it.
SET_CLIENT_CHECK = text(
    "SELECT set_config(name, '2s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'"
)

_log = logging.getLogger("alembic.env")


def is_of_the_models(name: str | None, kind: str, _: Any) -> bool:
    """Whether autogenerate compares this; schema_window belongs to the migrations alone."""
    return not (kind == "table" and name == "schema_window")


def configure(**target: Any) -> None:
    """What online and offline runs have in common."""
    context.configure(
        target_metadata=Base.metadata,
        process_revision_directives=refuse_directives,
        transaction_per_migration=True,
        include_name=is_of_the_models,
        **target,
    )


def run_offline(settings: MigrationSettings) -> None:
    """Write the SQL; needs no database and no DATABASE_URL."""
    configure(dialect_name="postgresql", literal_binds=True)
    context.execute(SET_LOCK_TIMEOUT.format(settings.lock_timeout))
    with context.begin_transaction():
        context.run_migrations()


def run_revisions(connection: Connection) -> None:
    """Run what is pending on this connection."""
    refuse_by_mark(connection)
    configure(connection=connection)
    if command_name() == "upgrade":
        for line in pending_lines(context.get_context().get_current_heads()):
            _log.info(line)
    with context.begin_transaction():
        context.run_migrations()


async def run_once(url: URL, settings: MigrationSettings) -> None:
    """One try, on a fresh connection."""
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        connect_args={"server_settings": {"application_name": "alembic", "timezone": "UTC"}},
    )
    async with engine.connect() as connection:
        await connection.execute(text(SET_LOCK_TIMEOUT.format(settings.lock_timeout)))
        await connection.execute(SET_CLIENT_CHECK)
        await connection.commit()
        await connection.run_sync(run_revisions)


async def run_until_stopped(url: URL, settings: MigrationSettings) -> None:
    """Run; SIGTERM and SIGINT cancel the statement on the server too, then end in one line.

    By default SIGTERM kills this process only: the server goes on with the statement until it notices (2 s,
    before PostgreSQL 14 never), while the migration lock is free already.
    """
    run = asyncio.ensure_future(run_online(url, settings))
    received: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        received.append(number)
        run.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        await run
    except (asyncio.CancelledError, SQLAlchemyError):
        # An autocommit block that is cancelled ends in an error of SQLAlchemy's own about its connection.
        if not received:
            raise
        raise CommandError(f"stopped by {received[0].name}; finished revisions stay, the open one is undone") from None


async def run_online(url: URL, settings: MigrationSettings) -> None:
    """Run under the migration lock; try again where another session held a lock for too long."""
    async with migration_lock(url, wait_seconds=settings.lock_wait_seconds):
        for attempt in range(1, settings.attempts + 1):
            try:
                await run_once(url, settings)
            except DBAPIError as error:
                sqlstate = getattr(error.orig, "sqlstate", None)
                if sqlstate not in RETRYABLE_SQLSTATES or attempt == settings.attempts:
                    raise
                pause = min(2.0**attempt, LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1.0)  # noqa: S311
                _log.warning("%s; try %d of %d in %.1f s", sqlstate, attempt + 1, settings.attempts, pause)
                await asyncio.sleep(pause)
            else:
                return


def main() -> None:
    """What Alembic runs when it loads this file; first what can be refused, in one line, without a database."""
    settings = read_migration_settings()
    refuse_by_settings()
    url = None if context.is_offline_mode() else read_database_url()
    if context.config.config_file_name is not None:
        fileConfig(context.config.config_file_name, disable_existing_loggers=False)
    if url is None:
        run_offline(settings)
    else:
        asyncio.run(run_until_stopped(url, settings))


main()
