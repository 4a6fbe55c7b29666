"""Engines for PostgreSQL through asyncpg."""

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_TIMEOUT_SECONDS = 5
POOL_TIMEOUT_SECONDS = 5


def asyncpg_url(database_url: str) -> URL:
    """The URL with SQLAlchemy's name for the driver, from any common spelling (``postgres://`` too)."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}:
        raise ValueError("DATABASE_URL must start with postgresql://, postgres:// or postgresql+asyncpg://")
    url = make_url(f"postgresql+asyncpg://{rest}")
    # libpq's spelling, which every hosted database hands out; asyncpg calls the same values `ssl`.
    sslmode = url.query.get("sslmode")
    if sslmode is None:
        return url
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})


def open_engine(database_url: str, *, pool_size: int, pool_overflow: int) -> AsyncEngine:
    """An engine that survives a restart of the database and a migration under its feet.

    Pre-ping replaces connections that a restart has cut. Both statement caches (asyncpg's and
    SQLAlchemy's) are off: a plan prepared before a migration's DDL fails afterwards with
    InvalidCachedStatementError, and that would be a failed request in every deployment.
    """
    return create_async_engine(
        asyncpg_url(database_url),
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=pool_overflow,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        connect_args={
            "timeout": CONNECT_TIMEOUT_SECONDS,
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "server_settings": {"application_name": "auto_trader"},
        },
    )
