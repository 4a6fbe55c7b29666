"""Runs INSIDE a project's own Python: its upgrade from base to heads, and what each statement really did.

Independent of the product's watch on purpose. After every statement this reads pg_locks from a second connection,
then the server's DEBUG1 messages, and commits, so that each statement's locks are its own; relation files, columns
and scan counters are compared before and after. CONCURRENTLY cannot be looked at that way and need not be: it takes
SHARE UPDATE EXCLUSIVE, which blocks no writer.

argv: one JSON object: `ini`, `dsn` (libpq, of the second connection), `log` (the server's, with `%p|` before each
message), `output` (where the JSON goes). Only the standard library, Alembic, SQLAlchemy and psycopg2.
"""

import json
import re
import sys
from contextlib import suppress
from pathlib import Path

BLOCKING = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
ALONE = re.compile(
    r"\s*(vacuum|create\s+database|drop\s+database|alter\s+system|begin|commit|rollback|start\s+transaction|end\b)"
    r"|\bconcurrently\b", re.IGNORECASE,
)
ENUM_VALUE = re.compile(r"\s*alter\s+type\b.*\badd\s+value\b", re.IGNORECASE | re.DOTALL)
READS_OR_WRITES = re.compile(r"\s*(select|with|insert|update|delete|show|set|explain|values|merge|copy)\b", re.IGNORECASE)
TRUNCATE = re.compile(r"\s*truncate\b", re.IGNORECASE)
MESSAGE = re.compile(r'DEBUG:\s+(building index "(?P<index>[^"]+)" on table "(?P<built>[^"]+)"'
                     r'|verifying table "(?P<verified>[^"]+)"|rewriting table "(?P<rewritten>[^"]+)"'
                     r'|validating foreign key constraint "(?P<link>[^"]+)")')
STATE = """
SELECT c.oid, c.relname, c.relfilenode, pg_stat_get_numscans(c.oid),
       array(SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
LOCKS = """
SELECT l.relation, l.mode FROM pg_locks l
 WHERE l.pid = %s AND l.granted AND l.locktype = 'relation'
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Tables:
    """What the committed database holds: oid -> name, file, scans, columns."""

    def __init__(self, rows):
        self.by_oid = {oid: (name, file, scans, set(columns)) for oid, name, file, scans, columns in rows}

    def names(self):
        return {fact[0]: oid for oid, fact in self.by_oid.items()}


class Messages:
    """The server's log, read as it grows."""

    def __init__(self, path):
        self._file = Path(path).open("rb")  # noqa: SIM115 - open as long as this program runs

    def skip(self):
        self._file.seek(0, 2)

    def of(self, pid):
        own = str(pid) + "|"
        lines = self._file.read().decode("utf-8", "replace").splitlines()
        return [line for line in lines if line.startswith(own)]


class Tracer:
    """Follows one upgrade."""

    def __init__(self, config):
        import psycopg2

        self._eyes = psycopg2.connect(config["dsn"])
        self._eyes.autocommit = True
        self._messages = Messages(config["log"])
        self._pids = {}
        self._at_start = None
        self._before = None
        self._current = None
        self._is_wrapped = False
        self.revisions = []

    def _fetch(self, sql, *values):
        with self._eyes.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def _look(self):
        return Tables(self._fetch(STATE))

    @staticmethod
    def _run(raw, sql):
        cursor = raw.cursor()
        try:
            cursor.execute(sql)
            return cursor.fetchone() if cursor.description else None
        finally:
            cursor.close()

    def connected(self, raw, _):
        """Note which backend this connection is."""
        if "sqlite" not in type(raw).__module__.lower():
            self._pids[id(raw)] = self._run(raw, "SELECT pg_backend_pid()")[0]
            raw.rollback()

    def begin_revision(self, step):
        """From here on every statement belongs to this revision."""
        revision = step.revision
        self._current = {"revision": revision.revision, "path": revision.path, "statements": []}
        self.revisions.append(self._current)
        self._at_start = None

    def end_revision(self):
        """Bookkeeping of Alembic's own follows."""
        self._current = None

    @staticmethod
    def _raw(conn):
        fairy = conn.connection
        return getattr(fairy, "dbapi_connection", None) or fairy.connection

    def before(self, conn, cursor, statement, parameters, context, executemany):  # noqa: ARG002
        """A statement is about to run: everything before it is committed."""
        raw = self._raw(conn)
        if self._current is None or id(raw) not in self._pids:
            return
        if not conn.in_nested_transaction():
            self._run(raw, "SELECT pg_stat_force_next_flush()")  # scans of earlier queries are not this statement's
            raw.commit()
        self._is_wrapped = raw_is_autocommit(raw) and not ALONE.search(statement) and not ENUM_VALUE.match(statement)
        if self._is_wrapped:
            self._run(raw, "BEGIN")
        self._before = self._look()
        if self._at_start is None:
            self._at_start = self._before
        self._messages.skip()

    def after(self, conn, cursor, statement, parameters, context, executemany):  # noqa: ARG002
        """It ran: look at its locks, commit, and compare."""
        raw = self._raw(conn)
        if self._current is None or id(raw) not in self._pids:
            return
        pid = self._pids[id(raw)]
        locks = self._fetch(LOCKS, pid)
        messages = self._messages.of(pid)
        has_rows = cursor.description is not None
        is_autocommit = raw_is_autocommit(raw) and not self._is_wrapped
        if not has_rows and not is_autocommit and not conn.in_nested_transaction():
            self._run(raw, "SELECT pg_stat_force_next_flush()")
            self._run(raw, "COMMIT") if self._is_wrapped else raw.commit()
        elif self._is_wrapped:
            self._run(raw, "COMMIT")
        labels = self._labels(statement, locks, messages)
        self._current["statements"].append({
            "sql": plain(statement, parameters, executemany), "line": self._line(), "reads": has_rows, **labels,
        })

    def failed(self, context):  # noqa: ARG002
        """A refused statement changed nothing; the project may go on by a savepoint."""
        self._before = None

    def _labels(self, statement, locks, messages):
        now = self._look()
        existing = {oid for oid in self._before.by_oid if oid in self._at_start.by_oid}
        is_block = any(oid in existing and mode in BLOCKING for oid, mode in locks)
        changed = {
            oid for oid in existing
            if oid in now.by_oid and now.by_oid[oid][1] != self._before.by_oid[oid][1]
        }
        is_work = bool(changed) or self._is_work(statement, messages, existing, now)
        is_truncate = bool(TRUNCATE.match(statement)) and bool(changed)
        return {
            "block": is_block, "rewrite": bool(changed), "long": is_block and is_work,
            "loss": is_truncate or any(self._has_lost(oid, now) for oid in existing),
        }

    def _has_lost(self, oid, now):
        if oid not in now.by_oid:
            return True
        old = self._before.by_oid[oid][3] & self._at_start.by_oid[oid][3]
        return not old <= now.by_oid[oid][3]

    def _is_work(self, statement, messages, existing, now):
        """Whether the statement itself, not a query in it, read a table through."""
        names = {self._before.by_oid[oid][0] for oid in existing}
        for match in filter(None, map(MESSAGE.search, messages)):
            if match["link"] or {match["built"], match["verified"], match["rewritten"]} & names:
                return True
        if READS_OR_WRITES.match(statement) or TRUNCATE.match(statement):
            return False
        before = self._before.by_oid
        return any(oid in now.by_oid and now.by_oid[oid][2] > before[oid][2] for oid in existing)

    def _line(self):
        frame = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self._current["path"]:
                return frame.f_lineno
            frame = frame.f_back
        return 0


def raw_is_autocommit(raw):
    """psycopg2 and psycopg say `autocommit`; SQLAlchemy's asyncpg connection has an isolation level."""
    level = getattr(raw, "isolation_level", None)
    return bool(getattr(raw, "autocommit", False)) or level == "autocommit"


def plain(statement, parameters, executemany):
    """The text with its (first) values in it, so that a reader of SQL can parse it."""
    values = parameters[0] if executemany and parameters else parameters
    if isinstance(values, dict):
        text = re.sub(r"%\((\w+)\)s", lambda found: literal(values.get(found[1])), statement)
    elif "$1" in statement and values:
        text = re.sub(
            r"\$(\d+)", lambda found: literal(values[int(found[1]) - 1]) if int(found[1]) <= len(values) else found[0],
            statement,
        )
    else:
        given = iter(values or ())
        text = re.sub(r"%s", lambda _: literal(next(given, None)), statement) if values else statement
    return text.replace("%%", "%") if parameters else text


def literal(value):
    """A value as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "ARRAY[" + ", ".join(literal(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


def wrap(tracer, step):
    """The step, announcing its revision."""
    original = step.migration_fn

    def run(*args, **kwargs):
        tracer.begin_revision(step)
        try:
            return original(*args, **kwargs)
        finally:
            tracer.end_revision()

    step.migration_fn = run
    return step


def upgrade(config, tracer):
    """The project's own env.py, base to heads."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.pool import Pool

    event.listen(Pool, "connect", tracer.connected)
    event.listen(Engine, "before_cursor_execute", tracer.before)
    event.listen(Engine, "after_cursor_execute", tracer.after)
    event.listen(Engine, "handle_error", tracer.failed)
    alembic_config = Config(config["ini"])
    script = ScriptDirectory.from_config(alembic_config)

    def steps(revision, _):
        return [wrap(tracer, step) for step in script._upgrade_revs("heads", revision)]

    with EnvironmentContext(alembic_config, script, fn=steps, destination_rev="heads"):
        script.run_env()


def main():
    config = json.loads(sys.argv[1])
    tracer = Tracer(config)
    error = ""
    try:
        upgrade(config, tracer)
    except Exception as problem:  # noqa: BLE001 - what a project does is an answer
        error = "{}: {}".format(type(problem).__name__, str(problem).strip().splitlines()[0] if str(problem) else "")
    with suppress(OSError):
        Path(config["output"]).write_text(json.dumps({"error": error, "revisions": tracer.revisions}), encoding="utf-8")
    sys.exit(1 if error else 0)


if __name__ == "__main__":
    main()
