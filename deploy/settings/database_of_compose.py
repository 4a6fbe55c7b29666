"""Where an application's own environment says that its database is: a URL, a secret file, or parts of an address.

Projects that are not ours name it in many ways. What can be read in two ways is read in none: a wrong database must
not be found here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

DATABASE_URL = "DATABASE_URL"
URL_NAMES = (
    DATABASE_URL, "DATABASE_URI", "DATABASE_DSN", "SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_DATABASE_URL",
    "SQLALCHEMY_URL", "DB_URL", "DB_URI", "DB_DSN", "POSTGRES_URL", "POSTGRES_URI", "POSTGRES_DSN", "POSTGRESQL_URL",
    "POSTGRESQL_URI", "POSTGRESQL_DSN", "PG_URL", "PG_URI", "PG_DSN", "PGURL", "ASYNC_DATABASE_URL",
    "DATABASE_URL_ASYNC", "SYNC_DATABASE_URL", "DATABASE_URL_SYNC", "APP_DATABASE_URL", "SQL_URL",
)
# A prefix, and what stands behind it; a family's own names go before another's.
FAMILIES = ("POSTGRES_", "POSTGRESQL_", "PG_", "PG", "DB_", "DATABASE_", "SQL_", "DB", "RDS_")
HOSTS = ("SERVER", "HOST", "HOSTNAME", "HOST_NAME")
PORTS = ("PORT",)
USERS = ("USER", "USERNAME", "USER_NAME")
PASSWORDS = ("PASSWORD", "PASS", "PWD", "PASSWD")
DATABASES = ("DB", "DATABASE", "NAME", "DB_NAME", "DATABASE_NAME", "DBNAME")
SSL_MODES = ("SSLMODE", "SSL_MODE")
# What says which kind of server the parts are of, as Django and Laravel have it; and ports that are not ours.
KINDS = ("CONNECTION", "ENGINE", "DRIVER", "TYPE", "DIALECT", "BACKEND", "SCHEME")
OTHER_KINDS = ("mysql", "mariadb", "sqlite", "oracle", "mssql", "sqlserver", "mongo", "cockroach")
OTHER_PORTS = frozenset({"1433", "1521", "3306", "26257", "27017"})
KNOWN_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
# Of a variable that is not one of the usual: another database than the application's.
_ANOTHER_PURPOSE = re.compile(r"TEST|SHADOW|REPLICA|READ_?ONLY|_READ(?:_|$)|^READ|STANDBY|BACKUP|LEGACY|OLD_|MIGRAT")
_IS_POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?", re.IGNORECASE)
_OTHER_SERVERS = re.compile(
    r"(?:mysql|mariadb|sqlite|oracle|mssql|cockroachdb|firebird|snowflake|db2)(?:\+\w+)?", re.IGNORECASE
)
# As SQLAlchemy reads it: a password may hold what a URL may not.
_LOOSE_URL = re.compile(r"(?P<scheme>[\w+]+)://(?P<user>[^:/@]*):(?P<password>[^@]*)@(?P<rest>[^@]+)")
SECRETS_PLACE = PurePosixPath("/run/secrets")
DEFAULT_PORT = 5432
HIGHEST_PORT = 65535
LONGEST_SECRET = 64 * 1024


def database_url_of(environment: Mapping[str, str], secret_files: Mapping[str, Path]) -> tuple[str, str] | None:
    """The URL of the application's database, and the names of the variables that say it; None where none is certain.

    Args:
        environment: the service's, as its container gets it.
        secret_files: path inside the container -> file or directory on this machine.
    """
    said = _Said(environment, secret_files)
    for suffix in ("", "_FILE"):
        for name in URL_NAMES:
            text = said.plain(name) if not suffix else said.in_file(name)
            if url := _as_url(text):
                return url, name + suffix
            if _OTHER_SERVERS.fullmatch(text.partition("://")[0]):
                return None
    return _only_one([*_other_urls(environment), *_parts(said)])


def secret_files_of(config: Mapping[str, Any], service_name: str) -> dict[str, Path]:
    """What a service reads from this machine: its secrets and configs with a file, and its bind mounts.

    Args:
        config: `docker compose config --format json`.
    """
    service: Mapping[str, Any] = (config.get("services") or {}).get(service_name) or {}
    found: dict[str, Path] = {}
    for volume in service.get("volumes") or ():
        if isinstance(volume, Mapping) and volume.get("type") == "bind" and volume.get("source"):
            found[str(PurePosixPath(str(volume["target"])))] = Path(str(volume["source"]))
    for kind, place in (("configs", PurePosixPath("/")), ("secrets", SECRETS_PLACE)):
        declared: Mapping[str, Any] = config.get(kind) or {}
        for item in service.get(kind) or ():
            source, target = _mounted(item)
            if file := (declared.get(source) or {}).get("file"):
                found[str(place / target)] = Path(str(file))
    return found


def _mounted(item: Any) -> tuple[str, str]:
    """Source and target of a service's secret or config, in the short form or the long one."""
    if not isinstance(item, Mapping):
        return str(item), str(item)
    source = str(item.get("source") or "")
    return source, str(item.get("target") or source)


@dataclass(frozen=True)
class _Said:
    """The environment, with what its `NAME_FILE` lead to."""

    environment: Mapping[str, str]
    secret_files: Mapping[str, Path]

    def plain(self, name: str) -> str:
        """Empty where it is not set."""
        return (self.environment.get(name) or "").strip()

    def in_file(self, name: str) -> str:
        """What the file of `NAME_FILE` holds; empty where there is none, or it cannot be read here."""
        inside = self.plain(f"{name}_FILE")
        path = self._here(inside) if inside else None
        try:
            if path is None or not path.is_file() or path.stat().st_size > LONGEST_SECRET:
                return ""
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def first(self, names: Sequence[str]) -> _Part:
        """The first of these that is set, by itself or by a file."""
        for name in names:
            if text := self.plain(name):
                return _Part(name, text)
            if self.plain(f"{name}_FILE"):
                return _Part(f"{name}_FILE", self.in_file(name))
        return _Part("", "")

    def _here(self, inside: str) -> Path | None:
        """The file on this machine: by itself, or in a directory that is mounted."""
        path = PurePosixPath(inside)
        if ".." in path.parts:
            return None
        for place in (path, *path.parents):
            if (found := self.secret_files.get(str(place))) is not None:
                return found / path.relative_to(place) if place != path else found
        return None


@dataclass(frozen=True)
class _Part:
    """A variable with its text; a name without text is a file that could not be read."""

    name: str
    text: str

    @property
    def is_lost(self) -> bool:
        """Something is said that cannot be known here."""
        return bool(self.name) and not self.text


def _as_url(text: str) -> str:
    """A URL that is read alike everywhere; empty where the text is no address of a PostgreSQL database."""
    if "://" not in text:
        return _of_keywords(text)
    if not _IS_POSTGRES.fullmatch(text.partition("://")[0]):
        return ""
    strict, loose = _place(text), _LOOSE_URL.fullmatch(text)
    if loose and (strict is None or "@" in strict[2]):
        password = quote(unquote(loose["password"]), safe="")
        text = f"{loose['scheme']}://{loose['user']}:{password}@{loose['rest']}"
    return text if _place(text) else ""


def _of_keywords(text: str) -> str:
    """`host=db dbname=shop user=ann`, as libpq has it."""
    try:
        words = dict(word.split("=", 1) for word in shlex.split(text))
    except ValueError:
        return ""
    host, name = words.get("host", ""), words.get("dbname", "")
    if not host or not name or not words.get("user"):
        return ""
    return _url(host, words.get("port", ""), words["user"], words.get("password", ""), name, words.get("sslmode", ""))


def _place(url: str) -> tuple[str, int, str] | None:
    """Host, port and database; None where it cannot be read or something is missing."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        host = parts.hostname or options.get("host", "")
        port = parts.port or int(options.get("port", DEFAULT_PORT) if not parts.hostname else DEFAULT_PORT)
    except ValueError:
        return None
    name = unquote(parts.path.lstrip("/"))
    return (host, port, name) if host and name else None


def _other_urls(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Of variables with names of the project's own; a list of keywords is not looked for there."""
    for name, value in sorted(environment.items()):
        text = (value or "").strip()
        if name in URL_NAMES or "://" not in text or _ANOTHER_PURPOSE.search(name.upper()):
            continue
        if url := _as_url(text):
            yield url, name


def _only_one(found: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The first, where all are one database, whatever driver or user they name."""
    return found[0] if len({_place(url) for url, _ in found}) == 1 else None


def _parts(said: _Said) -> Iterator[tuple[str, str]]:
    """An address for each family that names a host, with what it lacks taken from the other families."""
    families = [family for family in FAMILIES if not _is_of_another_kind(said, family)]
    for family in families:
        host = said.first([family + word for word in HOSTS])
        if not host.name:
            continue
        order = (family, *(other for other in families if other != family))
        port, user, password, database = (
            said.first([prefix + word for prefix in order for word in words])
            for words in (PORTS, USERS, PASSWORDS, DATABASES)
        )
        used = (host, port, user, password, database)
        mode = said.first([prefix + word for prefix in order for word in SSL_MODES])
        if any(part.is_lost for part in used) or not user.text or not database.text:
            continue
        url = _url(host.text, port.text, user.text, password.text, database.text, mode.text)
        if url:
            yield url, _listed([part.name for part in used if part.name])


def _is_of_another_kind(said: _Said, family: str) -> bool:
    """Whether the family says of itself that it is of MySQL, or of something else."""
    kind = said.first([family + word for word in KINDS]).text.lower()
    is_port = any(said.plain(family + word) in OTHER_PORTS for word in PORTS)
    return is_port or any(word in kind for word in OTHER_KINDS)


def _url(host: str, port: str, user: str, password: str, database: str, mode: str) -> str:
    """Empty where no URL can be made of it: a socket inside a container, a port that is none."""
    with_port = re.fullmatch(r"(?P<host>[^:\[\]]+):(?P<port>\d+)", host)
    if with_port and not port:
        host, port = with_port["host"], with_port["port"]
    is_port = not port or (port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_PORT)
    if not is_port or not re.fullmatch(r"[\w.:%-]+|\[[\w.:%]+\]", host, re.ASCII):
        return ""
    where = f"[{host}]" if ":" in host and not host.startswith("[") else host
    who = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    options = f"?sslmode={mode}" if mode in KNOWN_SSL_MODES else ""
    return f"postgresql://{who}@{where}:{port or DEFAULT_PORT}/{quote(database, safe='')}{options}"


def _listed(names: Sequence[str]) -> str:
    """`A, B and C`."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
