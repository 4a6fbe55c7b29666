"""Sent in front of tracer.py and probe.py: the project's drivers connect nowhere but where they may.

A revision may call its driver without SQLAlchemy: `psycopg2.connect(URL)`, or a cursor of SQLAlchemy's own connection.
Such connections are led to the scratch server as well, and statements of their cursors are announced.
While the probe renders SQL, nothing may connect at all: a revision that does cannot be rendered.
Only the standard library; any old Python 3.
"""

import sys

# `python -c` puts the current directory first, where a project's `logging` or `types` would hide Python's own.
sys.path[:] = [entry for entry in sys.path if entry]

import importlib  # noqa: E402
import importlib.util  # noqa: E402
import os  # noqa: E402
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Type  # noqa: E402

if TYPE_CHECKING:
    from alembic.config import Config

PASSED_ON = {
    # Connection arguments of the drivers that say how to talk, not whom to.
    "server_settings", "statement_cache_size", "prepared_statement_cache_size", "prepared_statement_name_func",
    "timeout", "command_timeout", "async_fallback", "options", "application_name", "connect_timeout",
    "client_encoding", "prepare_threshold", "autocommit", "row_factory", "cursor_factory", "connection_factory",
    "keepalives", "init", "setup", "min_size", "max_size", "max_inactive_connection_lifetime", "max_queries",
}
LIBPQ = ("psycopg2", "psycopg", "psycopg_async", "psycopg2cffi")


class Drivers:
    """What a Tracer knows of drivers.

    Attributes:
        config: of the scratch server, see tracer.py.
        is_busy: a statement is being announced already, or the watch asks something itself.
    """

    config: Dict[str, Any] = {}
    is_busy = False

    def adopt(self, dbapi_connection: Any) -> None:
        """Take a connection of a driver, once it showed that it ends at the scratch server."""
        raise NotImplementedError

    def begin_statement(self, raw: Any, statement: str, paramstyle: str, is_many: bool) -> None:
        """Announce a statement before it runs."""
        raise NotImplementedError

    def end_statement(self, raw: Any) -> None:
        """Tell that it has run."""
        raise NotImplementedError

    def fail_statement(self, error: BaseException) -> None:
        """Tell that it failed."""
        raise NotImplementedError

    def scratch_words(self, driver: str, given: Dict[str, Any]) -> Dict[str, Any]:
        """A driver's connection arguments: those of `given` that say how to talk, and the scratch server's address."""
        words = {name: value for name, value in given.items() if name in PASSED_ON}
        is_socket = self.config["host"].startswith("/")
        words["user"] = self.config["user"]
        if self.config["password"]:
            words["password"] = self.config["password"]
        if not is_socket and driver in LIBPQ:
            words["sslmode"] = self.config["ssl_mode"]
        words["dbname" if driver in LIBPQ else "database"] = self.config["database"]
        if driver == "pg8000" and is_socket:
            words["unix_sock"] = self.config["host"] + "/.s.PGSQL.5432"
        else:
            words["host"] = self.config["host"]
            words["port"] = self.config["port"]
        return words

    def lead_drivers(self) -> None:
        """Whatever is given to a driver's connect(), it arrives at the scratch server."""
        for name in ("psycopg2", "psycopg2cffi"):
            if self.has(name):
                self.lead_psycopg2(importlib.import_module(name))
        if self.has("psycopg"):
            self.lead_psycopg(importlib.import_module("psycopg"))
        if self.has("asyncpg"):
            self.lead_asyncpg(importlib.import_module("asyncpg"))
        if self.has("pg8000"):
            self.lead_pg8000()

    @staticmethod
    def has(name: str) -> bool:
        try:
            return importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            return False

    def lead_psycopg2(self, psycopg2: Any) -> None:
        original = psycopg2.connect

        def connect(dsn: Optional[str] = None, *_: Any, **given: Any) -> Any:
            parse = getattr(psycopg2.extensions, "parse_dsn", None)  # psycopg2cffi has none
            given = {**(parse(dsn) if dsn and parse else {}), **given}
            found = original(**self.scratch_words("psycopg2", given))
            self.adopt(found)
            return found

        psycopg2.connect = connect

    def lead_psycopg(self, psycopg: Any) -> None:
        for kind in (psycopg.Connection, psycopg.AsyncConnection):
            self.lead_psycopg_kind(psycopg, kind)
        psycopg.connect = psycopg.Connection.connect

    def lead_psycopg_kind(self, psycopg: Any, kind: Any) -> None:
        original = kind.connect.__func__

        def connect(cls: Any, conninfo: str = "", **given: Any) -> Any:
            given = {**(psycopg.conninfo.conninfo_to_dict(conninfo) if conninfo else {}), **given}
            found = original(cls, **self.scratch_words("psycopg", given))
            if kind is psycopg.Connection:
                self.adopt(found)
            return found

        kind.connect = classmethod(connect)  # type: ignore[arg-type]  # a driver has no argument `cls`

    def lead_asyncpg(self, asyncpg: Any) -> None:
        for name in ("connect", "create_pool"):
            self.lead_asyncpg_function(asyncpg, name)

    def lead_asyncpg_function(self, asyncpg: Any, name: str) -> None:
        original = getattr(asyncpg, name)

        def connect(*_: Any, **given: Any) -> Any:
            return original(**self.scratch_words("asyncpg", given))

        setattr(asyncpg, name, connect)

    def lead_pg8000(self) -> None:
        for name in ("pg8000", "pg8000.dbapi"):
            try:
                module: Any = importlib.import_module(name)
            except ImportError:
                continue
            original = getattr(module, "connect", None)
            if original is not None:
                module.connect = self.led_pg8000(original)

    def led_pg8000(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(*_: Any, **given: Any) -> Any:
            return original(**self.scratch_words("pg8000", given))

        return connect

    # ── cursors ─────────────────────────────────────────────────────────────

    def announce_cursors(self, connection: Any) -> None:
        """From now on, cursors of this connection announce what SQLAlchemy does not know of.

        An asynchronous driver's cursors cannot wait for the watch: what they run by themselves is read from the log.
        """
        if not hasattr(connection, "cursor_factory") or hasattr(connection, "driver_connection"):
            return
        base = connection.cursor_factory
        if base is None:
            # Of the driver whose connection it is: psycopg2 or psycopg2cffi.
            base = importlib.import_module(type(connection).__module__.split(".")[0] + ".extensions").cursor
        if getattr(base, "is_surefoot", False) or not isinstance(base, type):
            return
        connection.cursor_factory = self.announcing(base)

    def announcing(self, base: Any) -> Type[Any]:
        tracer = self

        class Cursor(base):  # type: ignore[misc]  # known when it runs
            is_surefoot = True

            def execute(self, query: Any, *args: Any, **given: Any) -> Any:
                return tracer.run_raw(self.connection, query, lambda: base.execute(self, query, *args, **given))

            def executemany(self, query: Any, *args: Any, **given: Any) -> Any:
                return tracer.run_raw(self.connection, query, lambda: base.executemany(self, query, *args, **given))

            def copy_expert(self, sql: Any, *args: Any, **given: Any) -> Any:
                return tracer.run_raw(self.connection, sql, lambda: base.copy_expert(self, sql, *args, **given))

        return Cursor

    def run_raw(self, connection: Any, query: Any, run: Callable[[], Any]) -> Any:
        """Run what a cursor was given, announced if nobody announced it yet."""
        if self.is_busy:
            return run()  # announced already, or asked by the watch
        text = query.decode() if isinstance(query, bytes) else query
        if not isinstance(text, str):
            text = text.as_string(connection)
        if text.lstrip()[:5].lower() == "show ":
            return run()  # SQLAlchemy's own question for the isolation level
        self.begin_statement(connection, text, "pyformat", False)
        try:
            found = run()
        except Exception as error:
            self.fail_statement(error)
            raise
        self.end_statement(connection)
        return found


class NoServer(Drivers):
    """For the probe: every driver refuses to connect; what it was given is kept, as text."""

    def __init__(self) -> None:
        self.given: List[str] = []

    def scratch_words(self, driver: str, given: Dict[str, Any]) -> Dict[str, Any]:
        self.given += [str(value) for name, value in given.items() if name in ("options", "server_settings")]
        raise RuntimeError("it connects to a database while its SQL is rendered")


def url_of_nobody(scheme: str, has_percent: bool) -> str:
    """What stands for the project's own URL; with a `%` where that has one, for configparser would not take it.

    SQLAlchemy quotes what must be quoted and nothing else when it writes a URL again: an `@` in a password must.
    """
    return "{}://surefoot:{}@127.0.0.1:1/scratch".format(scheme, "scr%40tch" if has_percent else "scratch")


def lead_environment(given: Dict[str, Any], is_async: bool = False) -> str:
    """DATABASE_URL names no server from now on: connections are led elsewhere, or never made. Returns it.

    The driver is the one of the project's own DATABASE_URL; where that is not known, one that the project can use.
    """
    drivers = ("asyncpg", "psycopg") if is_async else ("psycopg2", "psycopg", "pg8000", "asyncpg")
    found = next((name for name in drivers if importlib.util.find_spec(name)), "")
    scheme = given["scheme"] or ("postgresql+" + found if found else "postgresql")
    url = url_of_nobody(scheme, given["has_percent"])
    if "DATABASE_URL" not in given["explicit"]:
        os.environ["DATABASE_URL"] = url
    return url


def set_urls(given: Dict[str, Any], config: "Config", script_directory: str) -> None:
    """The same, with the driver that env.py can use, and for the ini's own URL."""
    try:
        with open(os.path.join(script_directory, "env.py"), encoding="utf-8", errors="replace") as file:
            is_async = "async" in file.read().lower()
    except OSError:
        is_async = False
    url = lead_environment(given, is_async)
    # A URL that is missing is env.py's to find; one of `alembic init` or of another database is not.
    written = config.get_main_option("sqlalchemy.url")
    if written and not written.startswith("postgresql"):
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
