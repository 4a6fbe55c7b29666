"""What a migration run takes from its environment."""

import os
import re
from dataclasses import dataclass

from alembic.util import CommandError
from sqlalchemy import URL

from app.database import asyncpg_url

_DURATION = re.compile(r"\d+(ms|s|min)?")


@dataclass(frozen=True)
class MigrationSettings:
    """Timeouts and attempts of one run."""

    lock_timeout: str
    attempts: int
    lock_wait_seconds: float


def read_migration_settings() -> MigrationSettings:
    """The settings of this run; a value that is none is one clear line."""
    return MigrationSettings(
        lock_timeout=read_lock_timeout(),
        attempts=max(1, int(_number("MIGRATION_ATTEMPTS", 5))),
        lock_wait_seconds=_number("MIGRATION_LOCK_WAIT_SECONDS", 600),
    )


def read_lock_timeout() -> str:
    """How long one statement may wait for a lock while every later query queues behind it."""
    value = os.environ.get("MIGRATION_LOCK_TIMEOUT") or "5s"
    if not _DURATION.fullmatch(value):
        raise CommandError(f"MIGRATION_LOCK_TIMEOUT is {value!r}; hint: a number with ms, s or min, such as 5s")
    return value


def read_database_url() -> URL:
    """The address of the database, with the asyncpg driver; never shown in an error."""
    value = os.environ.get("DATABASE_URL")
    if not value:
        raise CommandError("DATABASE_URL is not set; hint: postgresql://user:password@host:port/database")
    try:
        return asyncpg_url(value)
    except ValueError as error:
        raise CommandError(str(error)) from None


def _number(name: str, default: float) -> float:
    value = os.environ.get(name)
    if not value:
        return default
    try:
        return float(value)
    except ValueError:
        raise CommandError(f"{name} is {value!r}; hint: a number") from None
