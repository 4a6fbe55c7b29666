"""What the environment says, read once and typed."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class AppSettings:
    """Everything the application takes from its environment."""

    database_url: str
    release: str
    pool_size: int
    pool_overflow: int


def read_settings() -> AppSettings:
    """The settings of this process; a missing DATABASE_URL is an error that names it."""
    database_url = os.environ.get("DATABASE_URL")
    if not database_url:
        raise SystemExit("DATABASE_URL is not set (postgresql://user:password@host:port/database)")
    return AppSettings(
        database_url=database_url,
        release=os.environ.get("RELEASE") or "unreleased",
        pool_size=int(os.environ.get("DB_POOL_SIZE") or 5),
        pool_overflow=int(os.environ.get("DB_POOL_OVERFLOW") or 5),
    )
