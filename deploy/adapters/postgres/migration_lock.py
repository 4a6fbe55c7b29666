"""The advisory lock of migrations/migration_lock.py: whatever migrates holds it, started by this tool or by hand."""

from __future__ import annotations

from importlib.resources import files

import asyncpg

from deploy.model.errors import LockedError

# As migrations/migration_lock.py has it: that file runs in the application's image, without this package.
MIGRATION_LOCK_KEY = 0x5375_7265_666F_6F74


async def lock_holder(connection: asyncpg.Connection, key: int) -> str:
    """`pid 77 of 172.18.0.5 since …`; empty where nobody holds that lock of the connection's database alone."""
    sql = files("deploy.adapters.postgres").joinpath("sql/lock_holder.sql").read_text(encoding="utf-8")
    holder = await connection.fetchrow(sql, key)
    if holder is None:
        return ""
    return f"pid {holder['pid']} of {holder['client']} since {holder['backend_start']:%Y-%m-%d %H:%M:%S %Z}"


async def require_no_migration(connection: asyncpg.Connection, database_name: str) -> None:
    """One look.

    Raises:
        LockedError: one runs, with its session.
    """
    if who := await lock_holder(connection, MIGRATION_LOCK_KEY):
        raise _migrating(database_name, who)


async def keep_migrations_away(connection: asyncpg.Connection, database_name: str) -> None:
    """For as long as the connection lives, whoever migrates waits. Backups do not keep each other away by it.

    Raises:
        LockedError: a migration runs.
    """
    if not await connection.fetchval("SELECT pg_try_advisory_lock_shared($1)", MIGRATION_LOCK_KEY):
        raise _migrating(database_name, await lock_holder(connection, MIGRATION_LOCK_KEY) or "another session")


def _migrating(database_name: str, who: str) -> LockedError:
    return LockedError(
        f"a migration of database {database_name} is under way: {who}",
        hint="docker ps shows its container; when it has ended, run the same command again (a backup alone can use "
        "--wait)",
        reference="migration-running",
    )
