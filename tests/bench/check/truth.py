"""Runs INSIDE a project's own Python: its upgrade from base to heads, and what each statement really did.

Independent of the product's watch on purpose. After every statement this reads pg_locks from a second connection,
then the server's DEBUG1 messages, and commits, so that each statement's locks are its own; relation files, columns
and scan counters are compared before and after. A CONCURRENTLY statement is made to wait (truth_eyes.py).

argv: one JSON object: `ini`, `address` (asyncpg's, of the second connection), `log` (the server's, with `%p|` before
each message), `output` (where the JSON goes). Only the standard library, Alembic, SQLAlchemy and asyncpg.
"""

import json
import re
import sys
from contextlib import suppress
from pathlib import Path

from truth_eyes import Eyes, Holder
from truth_text import CONCURRENTLY, READS_OR_WRITES, TRUNCATE, must_stand_alone, plain

BLOCKING = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
MESSAGE = re.compile(r'DEBUG:\s+(building index "(?P<index>[^"]+)" on table "(?P<built>[^"]+)"'
                     r'|verifying table "(?P<verified>[^"]+)"|rewriting table "(?P<rewritten>[^"]+)"'
                     r'|validating foreign key constraint "(?P<link>[^"]+)")')
STATE = """
SELECT c.oid, c.oid::regclass::text, c.relname, c.relfilenode, pg_stat_get_numscans(c.oid), c.relkind::text,
       array(SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
LOCKS = """
SELECT l.relation, l.mode FROM pg_locks l
 WHERE l.pid = $1 AND l.granted AND l.locktype = 'relation'
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
LINKS = "SELECT conrelid, confrelid FROM pg_constraint WHERE contype = 'f' AND conname = ANY ($1)"
FLUSH = "SELECT pg_stat_force_next_flush()"  # counters of a finished transaction stay pending for up to a second


class Table:
    """One table, as the catalog shows it."""

    def __init__(self, row):
        self.oid, self.quoted, self.name, self.file, self.scans, self.kind, columns = row
        self.columns = set(columns)


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
        self._address = config["address"]
        self._eyes = Eyes(self._address)
        self._messages = Messages(config["log"])
        self._pids = {}
        self._at_start = None
        self._before = None
        self._current = None
        self._is_wrapped = False
        self._has_stream = False
        self._holder = None
        self._held = set()
        self.revisions = []

    def _look(self, raw=None):
        """The committed tables; with a connection, those of its open transaction."""
        rows = self._run(raw, STATE) if raw is not None else self._eyes.fetch(STATE)
        return {row[0]: Table(row) for row in rows}

    @staticmethod
    def _run(raw, sql):
        cursor = raw.cursor()
        try:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None
        finally:
            cursor.close()

    def connected(self, raw, _):
        """Note which backend this connection is."""
        if "sqlite" not in type(raw).__module__.lower():
            self._pids[id(raw)] = self._run(raw, "SELECT pg_backend_pid()")[0][0]
            raw.rollback()

    def begin_revision(self, step):
        """From here on every statement belongs to this revision."""
        revision = step.revision
        self._current = {"revision": revision.revision, "path": revision.path, "statements": []}
        self.revisions.append(self._current)
        self._at_start = None
        self._has_stream = False

    def end_revision(self):
        """Bookkeeping of Alembic's own follows."""
        self._current = None

    @staticmethod
    def _raw(conn):
        fairy = conn.connection
        return getattr(fairy, "dbapi_connection", None) or fairy.connection

    def before(self, conn, cursor, statement, parameters, context, executemany):
        """A statement is about to run: everything before it is committed, but under a savepoint or an open cursor."""
        raw = self._raw(conn)
        if self._current is None or id(raw) not in self._pids:
            return
        pid = self._pids[id(raw)]
        is_nested = self._must_stay_open(conn, context)
        is_autocommit = raw_is_autocommit(raw)
        if not is_nested and not is_autocommit:
            self._run(raw, FLUSH)
            raw.commit()
        self._is_wrapped = is_autocommit and not must_stand_alone(statement)
        if self._is_wrapped:
            self._run(raw, "BEGIN")
        self._held = set(self._eyes.fetch(LOCKS, pid)) if is_nested else set()
        self._before = self._look(raw if is_nested else None)
        if self._at_start is None:
            self._at_start = self._before
        self._messages.skip()
        if is_autocommit and CONCURRENTLY.match(statement):
            tables = [table.quoted for table in self._before.values() if table.kind == "r"]
            self._holder = Holder(self._address, pid, tables)

    def after(self, conn, cursor, statement, parameters, context, executemany):
        """It ran: look at its locks, commit, and compare."""
        raw = self._raw(conn)
        if self._current is None or id(raw) not in self._pids:
            return
        pid = self._pids[id(raw)]
        locks = set(self._eyes.fetch(LOCKS, pid)) - self._held
        is_concurrent = self._holder is not None
        if is_concurrent:
            locks |= set(self._holder.finish())
            self._holder = None
        messages = self._messages.of(pid)
        is_nested = self._must_stay_open(conn, context)
        has_rows = self._has_stream or cursor.description is not None
        if self._is_wrapped:
            self._run(raw, FLUSH)
            self._run(raw, "COMMIT")
        elif not has_rows and not is_nested and not raw_is_autocommit(raw):
            self._run(raw, FLUSH)
            raw.commit()  # never under a SELECT whose rows are still to be read
        now = self._look(raw if is_nested else None)
        labels = self._labels(statement, locks, messages, now, is_concurrent)
        self._current["statements"].append({
            "sql": plain(statement, parameters, executemany), "sent": statement, "line": self._line(),
            "is_nested": is_nested, "is_concurrent": is_concurrent, **labels,
        })

    def _must_stay_open(self, conn, context):
        """A COMMIT would end a savepoint, or a cursor of the server's whose rows are still to be fetched."""
        self._has_stream |= bool(getattr(context, "_is_server_side", False))
        return conn.in_nested_transaction() or self._has_stream

    def failed(self, context):
        """A refused statement changed nothing; the project may go on by a savepoint."""
        if self._holder is not None:
            self._holder.finish()
            self._holder = None

    def _labels(self, statement, locks, messages, now, is_concurrent):
        existing = {oid for oid in self._before if oid in self._at_start}
        is_block = any(oid in existing and mode in BLOCKING for oid, mode in locks)
        is_changed = any(oid in now and now[oid].file != self._before[oid].file for oid in existing)
        # CONCURRENTLY works under its weak lock, and takes a strong one (DETACH PARTITION) only at the end.
        is_work = not is_concurrent and (is_changed or self._is_work(statement, messages, existing, now))
        is_truncate = bool(TRUNCATE.match(statement)) and is_changed
        return {
            "block": is_block, "rewrite": is_changed, "long": is_block and is_work,
            "loss": is_truncate or any(self._has_lost(oid, now) for oid in existing),
        }

    def _has_lost(self, oid, now):
        if oid not in now:
            return True
        return not (self._before[oid].columns & self._at_start[oid].columns) <= now[oid].columns

    def _is_work(self, statement, messages, existing, now):
        """Whether the statement itself, not a query in it, read a table through."""
        found = list(filter(None, map(MESSAGE.search, messages)))
        names = {self._before[oid].name for oid in existing}
        if any({match["built"], match["verified"], match["rewritten"]} & names for match in found):
            return True
        links = [match["link"] for match in found if match["link"]]
        pairs = self._eyes.fetch(LINKS, links) if links else []
        if any(child in existing for child, _ in pairs):
            return True
        if READS_OR_WRITES.match(statement) or TRUNCATE.match(statement):
            return False
        # A foreign key of a table that is new looks up as many rows of the other as the new table has: none. That
        # the planner reads the other one through here is because that one is empty here too (1,000,000 rows: 0.8 ms).
        looked_up = {parent for _, parent in pairs}
        return any(oid in now and now[oid].scans > self._before[oid].scans for oid in existing - looked_up)

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
