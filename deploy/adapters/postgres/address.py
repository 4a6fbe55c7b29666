"""DATABASE_URL in the forms that SQLAlchemy and libpq users write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from deploy.model.errors import UsageError

DEFAULT_PORT = 5432
HINT = "postgresql://user:password@host:port/database"


@dataclass(frozen=True)
class DatabaseAddress:
    """Where the database is. The password is kept out of repr, so that no log line can hold it."""

    host: str
    port: int
    user: str
    database_name: str
    password: str = field(repr=False, default="")
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """`host:port/database`, for messages."""
        return f"{self.host}:{self.port}/{self.database_name}"


def parse_database_url(url: str) -> DatabaseAddress:
    """Read `postgresql://`, `postgres://` and `postgresql+driver://`.

    Raises:
        UsageError: what is wrong, without showing the URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad("its port or host is not valid") from None
    if parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise _bad("it does not begin with postgresql://")
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name:
        raise _bad("it names no database")
    if not parts.hostname:
        raise _bad("it names no host")
    return DatabaseAddress(
        host=parts.hostname,
        port=port or DEFAULT_PORT,
        user=unquote(parts.username or "postgres"),
        database_name=database_name,
        password=unquote(parts.password or ""),
        options=dict(parse_qsl(parts.query)),
    )


def _bad(why: str) -> UsageError:
    return UsageError(f"DATABASE_URL cannot be used: {why}", hint=HINT, reference="bad-database-url")
