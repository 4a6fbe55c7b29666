"""Runs INSIDE the project's own Python (or image): its Alembic environment, on the scratch server, under the watch.

Only the standard library and the project's own SQLAlchemy (1.4, 2.x) and Alembic. Every connection that SQLAlchemy
opens is led to the scratch server, whatever URL env.py made; a connection that does not prove to have arrived there
is refused. Each statement of a revision is announced on a socket before and after it runs, and waits for the answer.

SUREFOOT_TRACER is one JSON object:
`ini`, `section`, `x` (Alembic's -x), `scheme` and `explicit` (of the environment) as in alembic_probe.py;
`socket`: the watch's;
`host` (or the server's socket directory), `port`, `user`, `password`, `database`, `ssl_mode`: the scratch server's;
`proof_sql`, `proof`: the question and the answer by which a connection shows that it arrived there;
`has_notices`: the server's messages come with the connection, its log cannot be read;
`splits_transactions`: commit between revisions even where env.py does not;
`stages`: [{"do": "upgrade" | "stamp", "to": [...], "watched": bool}];
`command`: the project's own instead of the stages; empty for none.
"""

import sys

# `python -c` puts the current directory first, where a project's `logging` or `types` would hide Python's own.
# Alembic adds what the project's prepend_sys_path says.
sys.path[:] = [entry for entry in sys.path if entry]

import argparse  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import socket  # noqa: E402
import traceback  # noqa: E402

CHILD_MARK = '"is_child": true'
CHILD_START = """
import os

if os.environ.get("SUREFOOT_TRACER"):
    exec(compile(os.environ["SUREFOOT_TRACER_PROGRAM"], "<surefoot>", "exec"), {"__name__": "surefoot"})
"""


class Channel:  # noqa: D101 - this must run on any old Python
    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._file = self._socket.makefile("rwb")

    def tell(self, event, **facts):
        facts["event"] = event
        self._file.write(json.dumps(facts, default=str).encode() + b"\n")
        self._file.flush()

    def hear(self):
        line = self._file.readline()
        if not line:
            os._exit(70)  # the watch is gone: nothing may run unwatched
        return json.loads(line)


class Tracer(Drivers):  # noqa: D101 - of alembic_drivers.py, which stands in front
    def __init__(self, config):
        self.config = config
        self.channel = Channel(config["socket"])
        self.revision = None
        self.path = ""
        self.is_watched = False
        self.pids = {}
        self.connections = {}
        self.other_dialects = set()
        self.notices = []
        self.kept_notices = []

    # ── where connections go ────────────────────────────────────────────────

    def lead_to_scratch(self, dialect, record, cargs, cparams):  # noqa: ARG002
        if dialect.name != "postgresql":
            self.other_dialects.add(dialect.name)
            return
        words = self.scratch_words(dialect.driver, cparams)
        cargs[:] = []
        cparams.clear()
        cparams.update(words)

    def prove(self, dbapi_connection, record):  # noqa: ARG002
        if "sqlite" not in type(dbapi_connection).__module__.lower():
            self.adopt(dbapi_connection)

    def adopt(self, dbapi_connection):
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
        if self.is_watched:
            self.channel.tell("connected", pid=self.pids[id(dbapi_connection)])
            self.channel.hear()
        if self.config["has_notices"]:
            self.listen_to_notices(dbapi_connection)

    def listen_to_notices(self, dbapi_connection):
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

    def new_notices(self):
        found, self.notices[:] = list(self.notices), []
        for driver in self.kept_notices:
            for said in list(driver.notices):
                text = said if isinstance(said, str) else said.get(b"M", b"").decode()
                found.append(text.split(":  ", 1)[-1].strip())
            del driver.notices[:]
        return found

    def ask(self, dbapi_connection, sql):
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

    def before(self, conn, cursor, statement, parameters, context, executemany):  # noqa: ARG002
        paramstyle = getattr(conn.dialect, "paramstyle", "")
        self.begin_statement(self.raw(conn), statement, paramstyle, executemany)

    def after(self, conn, cursor, statement, parameters, context, executemany):  # noqa: ARG002
        self.end_statement(self.raw(conn))

    def failed(self, context):
        self.fail_statement(context.original_exception)

    def begin_statement(self, raw, statement, paramstyle, is_many):
        pid = self.pids.get(id(raw))
        if not self.is_watched or self.revision is None or pid is None:
            return
        self.is_busy = True
        self.new_notices()  # of what ran before it
        path, line = self.where()
        self.channel.tell(
            "before", pid=pid, sql=statement, path=path, line=line, revision=self.revision, is_many=bool(is_many),
            is_autocommit=bool(getattr(raw, "autocommit", False)), paramstyle=paramstyle,
        )
        self.serve(raw)

    def end_statement(self, raw):
        if self.is_busy:
            self.channel.tell("after", pid=self.pids.get(id(raw)), notices=self.new_notices())
            self.serve(raw)
            self.is_busy = False

    def fail_statement(self, error):
        if self.is_busy:
            self.is_busy = False
            self.channel.tell("failed", error=words_of(error))
            self.channel.hear()

    def serve(self, raw):
        while True:
            order = self.channel.hear()
            if "go" in order:
                return
            try:
                self.channel.tell("answer", value=self.ask(raw, order["ask"]))
            except Exception as error:  # noqa: BLE001 - the watch then asks elsewhere
                self.channel.tell("answer", value=None, error=str(error))

    @staticmethod
    def raw(conn):
        fairy = conn.connection
        return getattr(fairy, "dbapi_connection", None) or getattr(fairy, "connection", fairy)

    def where(self):
        """The innermost line of the revision's own file."""
        frame = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self.path:
                return self.path, frame.f_lineno
            frame = frame.f_back
        return self.path, 0

    # ── revisions ───────────────────────────────────────────────────────────

    def wrap(self, step):
        original = step.migration_fn

        def run(*args, **kwargs):
            revision = getattr(step, "revision", None)
            self.revision = getattr(revision, "revision", None) or "?"
            self.path = getattr(revision, "path", "") or ""
            if self.is_watched:
                message = first_line(getattr(revision, "doc", "") or "")
                self.channel.tell("revision", revision=self.revision, path=self.path, message=message)
                self.channel.hear()
                if self.config["splits_transactions"]:
                    self.commit_all()
            try:
                return original(*args, **kwargs)
            finally:
                self.revision = None
                if self.is_watched:
                    self.channel.tell("ended")
                    self.channel.hear()

        if original is not None:
            step.migration_fn = run
        return step

    def wrap_every_upgrade(self):
        """Whoever asks Alembic for the steps of an upgrade gets them wrapped."""
        from alembic.script import ScriptDirectory

        original = ScriptDirectory._upgrade_revs

        def upgrade_revs(script, destination, current_rev):
            return [self.wrap(step) for step in original(script, destination, current_rev)]

        ScriptDirectory._upgrade_revs = upgrade_revs

    def commit_all(self):
        """Each revision is looked at as if it were deployed alone: locks of the one before must be gone."""
        for raw in list(self.connections.values()):
            try:
                raw.commit()
            except Exception:  # noqa: BLE001, S110 - closed meanwhile, or never used
                pass

    def run_command(self, words):
        """The project's own migration command, in this process: its console script, or `-m module`."""
        import runpy
        import shutil

        self.is_watched = True
        if words[0] == "-m":
            sys.argv = words[1:]
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
            return
        beside = os.path.join(os.path.dirname(sys.executable), words[0])
        program = beside if os.path.exists(beside) else shutil.which(words[0])
        if program is None:
            raise RuntimeError(f"there is no program {words[0]}")
        if not is_python(program):
            self.run_foreign([program] + list(words[1:]))
            return
        sys.argv = [program] + list(words[1:])
        runpy.run_path(program, run_name="__main__")

    def run_foreign(self, argv):
        """A shell script or another program: every Python that it starts runs this text first, by sitecustomize."""
        import subprocess
        import tempfile

        given = dict(self.config, is_child=True)
        places = {"HOST": "host", "PORT": "port", "USER": "user", "DATABASE": "database", "PASSWORD": "password"}
        variables = {"PG" + name: str(self.config[key]) for name, key in places.items() if self.config[key]}
        variables["SUREFOOT_TRACER"] = json.dumps(given)
        if "DATABASE_URL" not in self.config["explicit"] and "+" not in self.config["scheme"]:
            variables["DATABASE_URL"] = "postgresql://{user}@/{database}?host={host}&port={port}".format(**self.config)
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "sitecustomize.py"), "w", encoding="utf-8") as file:
                file.write(CHILD_START)
            variables["PYTHONPATH"] = os.pathsep.join(filter(None, [directory, os.environ.get("PYTHONPATH")]))
            code = subprocess.call(argv, env=dict(os.environ, **variables), stdout=sys.stderr)
        if code:
            raise SystemExit(code)

    def run_stage(self, config, script, stage):
        from alembic.runtime.environment import EnvironmentContext

        self.is_watched = stage.get("watched", False)
        for target in stage["to"]:
            def upgrade(rev, context, target=target):  # noqa: ARG001
                if stage["do"] == "stamp":
                    return script._stamp_revs(target, rev)
                return script._upgrade_revs(target, rev)

            with EnvironmentContext(
                config, script, fn=upgrade, as_sql=False, starting_rev=None, destination_rev=target, tag=None
            ):
                script.run_env()


def words_of(error):
    """A database error in one line; pg8000 gives the fields of PostgreSQL's message as a dict."""
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return fields.get("M") or first_line(str(error)) or type(error).__name__


def first_line(text):  # noqa: D103
    return ((text or "").strip().splitlines() or [""])[0]


def is_python(program):
    """Whether this file is a Python script: by its first line, else by its name."""
    with open(program, "rb") as file:
        first = file.readline()
    return b"python" in first if first.startswith(b"#!") else program.endswith(".py")


def main():  # noqa: D103
    if CHILD_MARK in os.environ.get("SUREFOOT_TRACER", ""):
        begin_child(json.loads(os.environ["SUREFOOT_TRACER"]))
        return
    config = json.loads(os.environ.pop("SUREFOOT_TRACER"))
    tracer = Tracer(config)
    try:
        run(config, tracer)
    except BaseException as error:  # noqa: BLE001 - SystemExit too: whatever the project does is an answer
        tell_stopped(tracer, error)
        sys.exit(1)
    tell_done(tracer, is_whole=True)


def begin_child(config):
    """In a Python that the project's own command started: watch it if it has Alembic, and let it go on."""
    if not (importlib.util.find_spec("sqlalchemy") and importlib.util.find_spec("alembic")):
        return
    import atexit

    tracer = Tracer(config)
    tracer.is_watched = True
    hook(tracer)
    shown = sys.excepthook

    def stopped(kind, error, trace):
        atexit.unregister(done)
        tell_stopped(tracer, error)
        shown(kind, error, trace)

    def done():
        tell_done(tracer)

    sys.excepthook = stopped
    atexit.register(done)


def tell_done(tracer, is_whole=False):  # noqa: D103
    dialects = sorted(tracer.other_dialects)
    tracer.channel.tell("done", has_connected=bool(tracer.pids), other_dialects=dialects, is_whole=is_whole)


def tell_stopped(tracer, error):
    """How it ended, in its own words, with the innermost line of the project's own files."""
    original = getattr(error, "orig", None)
    lines = [line for line in str(original or error).strip().splitlines() if line.strip()]
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "site-packages" not in frame.filename and not frame.filename.startswith("<"):
            where = f"{frame.filename}:{frame.lineno}"
    tracer.channel.tell(
        "stopped", kind=type(original or error).__name__, error=lines[0] if lines else "", where=where,
        is_sql=original is not None, has_connected=bool(tracer.pids),
        other_dialects=sorted(tracer.other_dialects),
    )


def set_urls(given, config, script_directory):
    """Lead env.py to a URL that no server has: connections are led elsewhere, or never made.

    The driver is the one of the project's own DATABASE_URL; where that is not known, one that env.py can use.
    """
    try:
        with open(os.path.join(script_directory, "env.py"), encoding="utf-8", errors="replace") as file:
            is_async = "async" in file.read().lower()
    except OSError:
        is_async = False
    drivers = ("asyncpg", "psycopg") if is_async else ("psycopg2", "psycopg", "pg8000", "asyncpg")
    found = next((name for name in drivers if importlib.util.find_spec(name)), "")
    scheme = given["scheme"] or ("postgresql+" + found if found else "postgresql")
    url = f"{scheme}://surefoot:scratch@127.0.0.1:1/scratch"
    if "DATABASE_URL" not in given["explicit"]:
        os.environ["DATABASE_URL"] = url
    # A URL that is missing is env.py's to find; one of `alembic init` or of another database is not.
    written = config.get_main_option("sqlalchemy.url")
    if written and not written.startswith("postgresql"):
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))


def hook(tracer):
    """Lead and watch whatever SQLAlchemy, Alembic and the drivers do from now on."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.pool import Pool

    tracer.lead_drivers()
    event.listen(Engine, "do_connect", tracer.lead_to_scratch)
    event.listen(Pool, "connect", tracer.prove)
    event.listen(Engine, "before_cursor_execute", tracer.before)
    event.listen(Engine, "after_cursor_execute", tracer.after)
    event.listen(Engine, "handle_error", tracer.failed)
    tracer.wrap_every_upgrade()


def run(config, tracer):  # noqa: D103
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    hook(tracer)
    if config["command"]:
        if "DATABASE_URL" not in config["explicit"]:
            scheme = config["scheme"] or "postgresql"
            os.environ["DATABASE_URL"] = scheme + "://surefoot:scratch@127.0.0.1:1/scratch"
        try:
            tracer.run_command(config["command"])
        except SystemExit as ended:
            if ended.code:
                raise RuntimeError("{} ended with exit code {}".format(config["command"][0], ended.code)) from ended
        return
    options = argparse.Namespace(
        x=list(config["x"]) or None, config=config["ini"], name=config.get("section") or "alembic", raiseerr=False,
        sql=False, tag=None, revision="heads", autogenerate=False,
    )
    alembic_config = Config(config["ini"], ini_section=options.name, cmd_opts=options)
    script = ScriptDirectory.from_config(alembic_config)
    set_urls(config, alembic_config, script.dir)
    for stage in config["stages"]:
        tracer.run_stage(alembic_config, script, stage)


main()
