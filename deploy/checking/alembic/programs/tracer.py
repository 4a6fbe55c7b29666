"""Runs INSIDE the project's own Python (or image): its Alembic environment, on the scratch server, under the watch.

Only the standard library and the project's own SQLAlchemy (1.4, 2.x) and Alembic. Every connection that SQLAlchemy
opens is led to the scratch server, whatever URL env.py made; a connection that does not prove to have arrived there
is refused. Each statement of a revision is announced on a socket before and after it runs, and waits for the answer.

SUREFOOT_TRACER is one JSON object:
`ini`, `section`, `x` (Alembic's -x), `scheme` and `explicit` (of the environment) as in probe.py;
`socket`: the watch's;
`host` (or the server's socket directory), `port`, `user`, `password`, `database`, `ssl_mode`: the scratch server's;
`proof_sql`, `proof`: the question and the answer by which a connection shows that it arrived there;
`has_notices`: the server's messages come with the connection, its log cannot be read;
`splits_transactions`: commit between revisions even where env.py does not;
`stages`: [{"do": "upgrade" | "stamp" | "downgrade", "to": [...], "watched": bool, "is_trial": bool}]; a trial that
fails ends the trials and not the run, and `to` of its downgrade are the revisions themselves, newest first;
`structure_sql`: the question for the schema, asked around the revisions of `trials`;
`command`: the project's own instead of the stages; empty for none.
"""

import sys

# `python -c` puts the current directory first, where a project's `logging` or `types` would hide Python's own.
# Alembic adds what the project's prepend_sys_path says.
sys.path[:] = [entry for entry in sys.path if entry]

import json  # noqa: E402
import os  # noqa: E402
import socket  # noqa: E402
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Tuple  # noqa: E402

if TYPE_CHECKING:
    from types import FrameType

    # Of the file in front.
    from deploy.checking.alembic.programs.drivers import Drivers
    from deploy.checking.alembic.programs.outside import Outside, line_of


class Channel:
    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._file = self._socket.makefile("rwb")
        self.outside: Optional[Outside] = None

    def tell(self, event: str, **facts: Any) -> None:
        facts["event"] = event
        facts["reached"] = self.outside.take() if self.outside else []
        self._file.write(json.dumps(facts, default=str).encode() + b"\n")
        self._file.flush()

    def hear(self) -> Any:
        line = self._file.readline()
        if not line:
            os._exit(70)  # the watch is gone: nothing may run unwatched
        return json.loads(line)


class Tracer(Drivers):
    def __init__(self, config: Dict[str, Any]) -> None:
        self.config = config
        self.channel = Channel(config["socket"])
        self.revision: Optional[str] = None
        self.path = ""
        self.is_watched = False
        self.pids: Dict[int, int] = {}
        self.connections: Dict[int, Any] = {}
        self.other_dialects: Set[str] = set()
        self.notices: List[str] = []
        self.kept_notices: List[Any] = []
        self.stage = ""
        self.step = ""
        self.has_failed = False
        self.own_databases: Set[str] = set()
        self.outside = self.channel.outside = Outside(
            config["host"], lambda: self.revision, lambda: line_of(self.path)
        )
        self.outside.listen()

    def scratch_words(self, driver: str, given: Dict[str, Any]) -> Dict[str, Any]:
        """A database of another name than env.py's own is another one, of which a check has none."""
        name = str(given.get("dbname") or given.get("database") or "")
        if self.revision is None:
            self.own_databases.add(name)
        elif name and name not in self.own_databases:
            self.outside.note(
                "db " + name, "opens the database {} as well".format(name),
                "it was led to the scratch database, and what it does was judged as if it were done there",
            )
        return super().scratch_words(driver, given)

    # ── where connections go ────────────────────────────────────────────────

    def lead_to_scratch(self, dialect: Any, record: Any, cargs: List[Any], cparams: Dict[str, Any]) -> None:
        if dialect.name != "postgresql":
            self.other_dialects.add(dialect.name)
            return
        words = self.scratch_words(dialect.driver, cparams)
        cargs[:] = []
        cparams.clear()
        cparams.update(words)

    def prove(self, dbapi_connection: Any, record: Any) -> None:
        if "sqlite" not in type(dbapi_connection).__module__.lower():
            self.adopt(dbapi_connection)

    def adopt(self, dbapi_connection: Any) -> None:
        """Take a connection under the watch, once it showed that it ends at the scratch server."""
        if id(dbapi_connection) in self.connections:
            return
        proof = self.ask(dbapi_connection, self.config["proof_sql"])
        if proof != self.config["proof"]:
            dbapi_connection.close()
            raise RuntimeError("env.py opens a connection that cannot be led to the scratch server; refused")
        self.pids[id(dbapi_connection)] = int(self.ask(dbapi_connection, "SELECT pg_catalog.pg_backend_pid()"))
        self.connections[id(dbapi_connection)] = dbapi_connection
        rollback = getattr(dbapi_connection, "rollback", None)
        if rollback:
            rollback()
        self.announce_cursors(dbapi_connection)
        self.channel.tell("connected", pid=self.pids[id(dbapi_connection)])
        self.channel.hear()
        if self.config["has_notices"]:
            self.listen_to_notices(dbapi_connection)

    def listen_to_notices(self, dbapi_connection: Any) -> None:
        """A server whose log we cannot read tells its messages to the client; each driver keeps them elsewhere."""
        driver = getattr(dbapi_connection, "driver_connection", None) or getattr(
            dbapi_connection, "_connection", dbapi_connection
        )
        if hasattr(driver, "add_log_listener"):
            driver.add_log_listener(lambda _, said: self.notices.append(said.message))
        elif hasattr(driver, "add_notice_handler"):
            driver.add_notice_handler(lambda said: self.notices.append(said.message_primary))
        elif hasattr(driver, "notices"):
            self.kept_notices.append(driver)

    def new_notices(self) -> List[str]:
        found, self.notices[:] = list(self.notices), []
        for driver in self.kept_notices:
            for said in list(driver.notices):
                text = said if isinstance(said, str) else said.get(b"M", b"").decode()
                found.append(text.split(":  ", 1)[-1].strip())
            driver.notices.clear()
        return found

    def ask(self, dbapi_connection: Any, sql: str) -> Any:
        was_busy, self.is_busy = self.is_busy, True
        cursor = dbapi_connection.cursor()
        try:
            cursor.execute(sql)
            row = cursor.fetchone() if cursor.description else None
        finally:
            cursor.close()
            self.is_busy = was_busy
        return row[0] if row else None

    # ── statements ──────────────────────────────────────────────────────────

    def before(
        self, conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        paramstyle = getattr(conn.dialect, "paramstyle", "")
        self.begin_statement(self.raw(conn), statement, paramstyle, executemany)

    def after(
        self, conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        self.end_statement(self.raw(conn))

    def failed(self, context: Any) -> None:
        self.fail_statement(context.original_exception)

    def begin_statement(self, raw: Any, statement: str, paramstyle: str, is_many: bool) -> None:
        pid = self.pids.get(id(raw))
        if not self.is_watched or self.revision is None or pid is None:
            return
        self.is_busy = True
        self.new_notices()  # of what ran before it
        path, line, is_unread = self.where()
        self.channel.tell(
            "before", pid=pid, sql=statement, path=path, line=line, revision=self.revision, is_many=bool(is_many),
            is_unread=is_unread, is_autocommit=bool(getattr(raw, "autocommit", False)), paramstyle=paramstyle,
        )
        self.serve(raw)

    def end_statement(self, raw: Any) -> None:
        if self.is_busy:
            self.channel.tell("after", pid=self.pids.get(id(raw)), notices=self.new_notices())
            self.serve(raw)
            self.is_busy = False

    def fail_statement(self, error: BaseException) -> None:
        if self.is_busy:
            self.is_busy = False
            self.channel.tell("failed", error=words_of(error))
            self.channel.hear()

    def serve(self, raw: Any) -> None:
        while True:
            order = self.channel.hear()
            if "go" in order:
                return
            try:
                self.channel.tell("answer", value=self.ask(raw, order["ask"]))
            except Exception as error:  # noqa: BLE001 - the watch then asks elsewhere
                self.channel.tell("answer", value=None, error=str(error))

    @staticmethod
    def raw(conn: Any) -> Any:
        fairy = conn.connection
        return getattr(fairy, "dbapi_connection", None) or getattr(fairy, "connection", fairy)

    def where(self) -> Tuple[str, int, bool]:
        """The innermost line of the revision's own file; whether op.execute() sends it, which gives no rows back."""
        frame: Optional[FrameType] = sys._getframe(2)
        is_unread = False
        while frame is not None:
            if frame.f_code.co_filename == self.path:
                return self.path, frame.f_lineno, is_unread
            is_unread = is_unread or frame.f_globals.get("__name__") == "alembic.operations.toimpl"
            frame = frame.f_back
        return self.path, 0, False

    # ── revisions ───────────────────────────────────────────────────────────

    def wrap(self, step: Any) -> Any:
        original = step.migration_fn

        def run(*args: Any, **kwargs: Any) -> Any:
            revision = getattr(step, "revision", None)
            self.revision = self.step = getattr(revision, "revision", None) or "?"
            self.path = getattr(revision, "path", "") or ""
            self.outside.is_on = self.is_watched
            if self.is_watched:
                message = first_line(getattr(revision, "doc", "") or "")
                self.channel.tell("revision", revision=self.revision, path=self.path, message=message)
                self.channel.hear()
                if self.config["splits_transactions"]:
                    self.commit_all()
            self.look("reached" if self.stage == "downgrade" else "before")
            try:
                answer = original(*args, **kwargs)
                if self.stage == "downgrade":
                    self.look("left")
                self.step = ""
                return answer
            finally:
                self.revision = None
                if self.is_watched:
                    self.channel.tell("ended")
                    self.channel.hear()

        if original is not None:
            step.migration_fn = run
        return step

    def look(self, when: str) -> None:
        """Tell the watch the schema as it is now, for the way back."""
        is_second_upgrade = self.stage == "upgrade" and not self.is_watched
        if self.revision not in self.config.get("trials", ()) or is_second_upgrade:
            return
        from alembic import op

        try:
            raw = self.raw(op.get_bind())
            limit = self.ask(raw, "SELECT pg_catalog.current_setting('statement_timeout')")
            if str(limit).endswith("ms"):
                return  # a question of ours that is cut off would end the migration's transaction
            text = self.ask(raw, self.config["structure_sql"])
        except Exception:  # noqa: BLE001 - a connection that cannot be asked: the way back is then not known
            return
        self.channel.tell("structure", revision=self.revision, when=when, text=text)
        self.channel.hear()

    def wrap_every_upgrade(self) -> None:
        """Whoever asks Alembic for the steps of an upgrade gets them wrapped."""
        from alembic.script import ScriptDirectory

        directory: Any = ScriptDirectory
        original = directory._upgrade_revs

        def upgrade_revs(script: ScriptDirectory, destination: str, current_rev: str) -> List[Any]:
            return [self.wrap(step) for step in original(script, destination, current_rev)]

        directory._upgrade_revs = upgrade_revs

    def commit_all(self) -> None:
        """Each revision is looked at as if it were deployed alone: locks of the one before must be gone."""
        for raw in list(self.connections.values()):
            try:
                raw.commit()
            except Exception:  # noqa: BLE001, S110 - closed meanwhile, or never used
                pass


def words_of(error: BaseException) -> str:
    """A database error in one line; pg8000 gives the fields of PostgreSQL's message as a dict."""
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return fields.get("M") or first_line(str(error)) or type(error).__name__


def first_line(text: Optional[str]) -> str:  # noqa: D103
    return ((text or "").strip().splitlines() or [""])[0]
