"""DATABASE_URL in the forms that SQLAlchemy and libpq users write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

from deploy.model.errors import UsageError

DEFAULT_PORT = 5432
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Not with a password in its place: what looks like one is taken out of every line.
HINT = "write it as postgresql://user@host:port/database, with a colon and the password after the user"
ANY_URL = "the URL of the database"


@dataclass(frozen=True)
class DatabaseAddress:
    """Where the database is. The password is kept out of repr, so that no log line can hold it.

    Attributes:
        route: how this machine reaches it, where the host is a name that only containers know; asked at each connect.
            Two addresses are one whatever way leads there.
    """

    host: str
    port: int
    user: str
    database_name: str
    password: str = field(repr=False, default="")
    options: Mapping[str, str] = field(default_factory=dict)
    route: Callable[[], tuple[str, int]] | None = field(default=None, compare=False, repr=False)

    @property
    def machine(self) -> str:
        """The host; one name for all that are this machine."""
        return "127.0.0.1" if self.host in LOOPBACK or self.host.startswith("/") else self.host

    @property
    def place(self) -> str:
        """`host:port/database`, for messages."""
        return f"{self.host}:{self.port}/{self.database_name}"

    def reached(self) -> tuple[str, int]:
        """Host and port to connect to from this machine, at this moment; everything that is said names `host`.

        Raises:
            BlockedError: it is in a container that does not run, or that this machine cannot reach.
        """
        return (self.host, self.port) if self.route is None else self.route()


def is_name(host: str) -> bool:
    """Whether it must be looked up: neither an address, nor this machine, nor a socket's directory."""
    try:
        return bool(host) and not host.startswith("/") and host not in LOOPBACK and not ip_address(host)
    except ValueError:
        return True


def parse_database_url(url: str, source: str = ANY_URL) -> DatabaseAddress:
    """Read `postgresql://`, `postgres://` and `postgresql+driver://`.

    Where no host stands before the database's name, `?host=…&port=…` names it, as libpq has it: a socket's directory.

    Args:
        source: where it was given, for the error: `DEPLOY_DATABASE_URL`, `--to-url`.

    Raises:
        UsageError: what is wrong, without showing the URL.
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        host, port = parts.hostname, parts.port
        if not host:
            host, port = options.pop("host", ""), int(options.pop("port", port or DEFAULT_PORT))
    except ValueError:
        raise _bad(source, "its port or host is not valid") from None
    if parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise _bad(source, "it does not begin with postgresql://")
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name:
        raise _bad(source, "it names no database")
    if not host:
        raise _bad(source, "it names no host")
    return DatabaseAddress(
        host=host,
        port=port or DEFAULT_PORT,
        user=unquote(parts.username or "postgres"),
        database_name=database_name,
        password=unquote(parts.password or ""),
        options=options,
    )


def _bad(source: str, why: str) -> UsageError:
    where = ", where it was given: DATABASE_URL or DEPLOY_DATABASE_URL in .env, or a flag" if source == ANY_URL else ""
    return UsageError(f"{source} cannot be used: {why}", hint=f"{HINT}{where}", reference="bad-database-url")
