"""The watch's end of the socket on which a project's Alembic run announces its statements."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from deploy.checking.alembic.project import last_line
from deploy.checking.measuring.downgrade_trials import DowngradeTrials
from deploy.checking.measuring.made_up_rows import MadeUpRows
from deploy.checking.measuring.recorded import is_recorded
from deploy.checking.measuring.row_trials import RowTrials, place_that_changed
from deploy.checking.measuring.stuck import SAYS as STUCK
from deploy.checking.measuring.stuck import StuckGuard
from deploy.checking.measuring.watch import Seen, Watch
from deploy.model.containers import ProbeOutcome
from deploy.model.effects import Effects
from deploy.model.redaction import without_passwords
from deploy.model.trace import StatementShape, TracedRevision, TracedRun, TracedStatement

# For the connections of the way back: a downgrade that waits for its own other connection ends by itself.
TRIAL_LIMITS = """DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET lock_timeout = 10000', current_database());
  EXECUTE format('ALTER DATABASE %I SET statement_timeout = 60000', current_database());
END $$"""
MAX_LINE_BYTES = 256 * 1024 * 1024  # a bulk insert may be one statement
SESSION_FACTS = (
    "SELECT pg_catalog.current_setting('lock_timeout') || '|' || pg_catalog.current_setting('statement_timeout')"
    " || '|' || pg_catalog.current_setting('TimeZone')"
)


@dataclass
class Stopped:
    """How the project's run ended, in its own words; empty where it ended well."""

    kind: str = ""
    error: str = ""
    where: str = ""
    is_sql: bool = False
    has_connected: bool = False
    other_dialects: tuple[str, ...] = ()
    is_over: bool = False


@dataclass
class AlembicListener:
    """Serves one run of tracer.py, and keeps what it saw."""

    watch: Watch
    shape_of: Callable[[str], StatementShape]
    say: Callable[[str], None]
    hear: Callable[[int, str], None]
    guard: StuckGuard
    revisions: list[TracedRevision] = field(default_factory=list)
    stopped: Stopped = field(default_factory=Stopped)
    session_facts: str = ""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None
    _before: dict[str, Any] = field(default_factory=dict)
    _shape: StatementShape = field(default_factory=StatementShape)
    _is_wrapped: bool = False
    _serving: list[asyncio.Future[None]] = field(default_factory=list)
    pid: int = 0
    has_shared_transaction: bool = False
    unannounced: int = 0
    reached_outside: list[str] = field(default_factory=list)
    _waiting: list[str] = field(default_factory=list)
    _pids: set[int] = field(default_factory=set)
    trials: DowngradeTrials = field(default_factory=DowngradeTrials)
    _rows: MadeUpRows = field(default_factory=MadeUpRows)
    _row_trials: RowTrials = field(default_factory=RowTrials)
    _trying: asyncpg.Connection | None = None
    _rows_tried_before: str = ""
    is_upgrade: bool = True
    _is_over: bool = False
    _announced: set[str] = field(default_factory=set)

    async def listen(self, socket_path: Path) -> asyncio.Server:
        """Open the socket; one program comes."""
        server = await asyncio.start_unix_server(self._serve, str(socket_path), limit=MAX_LINE_BYTES)
        socket_path.chmod(0o777)
        return server

    async def ask(self, sql: str) -> str | None:
        """Run this on the watched connection (this object is the `Watched` of the watch)."""
        await self._send({"ask": sql})
        answer = await self._receive()
        value = answer.get("value") if answer else None
        return None if value is None else str(value)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.ensure_future(self._serve_one(reader, writer))
        self._serving.append(serving)
        await asyncio.wait([serving])  # what it raises is for `drained`; here asyncio would print it

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        handlers = {
            "revision": self._on_revision, "before": self._on_before, "after": self._on_after,
            "failed": self._on_failed, "ended": self._on_ended, "connected": self._on_connected,
            "stopped": self._on_stopped, "done": self._on_stopped, "structure": self._on_structure,
            "trial": self._on_trial, "tried": self._on_tried,
        }
        try:
            while (message := await self._receive()) is not None:
                self._note_reached(message.get("reached", ()))
                await handlers[message["event"]](message)
        finally:
            writer.close()

    async def _receive(self) -> dict[str, Any] | None:
        assert self._reader is not None  # noqa: S101 - set before anything is received
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        return json.loads(line) if line else None

    async def _send(self, message: dict[str, Any]) -> None:
        assert self._writer is not None  # noqa: S101
        self._writer.write(json.dumps(message).encode() + b"\n")
        await self._writer.drain()

    async def _on_revision(self, message: dict[str, Any]) -> None:
        self.has_shared_transaction |= bool(self.revisions) and await self.watch.is_open(self.pid)
        self.watch.label = message["revision"]
        self.watch.forget_messages(self._pids)
        self.revisions.append(TracedRevision(message["revision"], message["message"], message["path"], ()))
        self._announced.add(message["revision"])
        self.say(f"{message['revision']} {message['message']}".strip())
        await self._send({"go": True})

    async def _on_before(self, message: dict[str, Any]) -> None:
        self.pid = message["pid"]
        self._note_unannounced(self.pid)
        self._pids.add(self.pid)
        if message["revision"] != self._rows_tried_before:
            self._rows_tried_before = message["revision"]
            await self._try_rows(len(self.revisions) - 2)
        self._before = message
        self._shape = self.shape_of(plain_sql(message["sql"], message["paramstyle"]))
        # Outside a transaction the locks would be gone before they can be read.
        can_wrap = message["is_autocommit"] and not self._shape.must_run_alone
        self._is_wrapped = can_wrap and not self._shape.is_transaction_control
        if not self.session_facts:  # before it runs: it may be the revision's own SET
            self.session_facts = await self.ask(SESSION_FACTS) or ""
        if self._is_wrapped:
            await self.ask("BEGIN")
        if not self._shape.is_transaction_control:
            await self.watch.before(self, self._shape)
        self.guard.begin(self.pid)
        await self._send({"go": True})

    async def _on_after(self, message: dict[str, Any]) -> None:
        await self.guard.end()
        for said in message.get("notices", ()):
            self.hear(self.pid, said)
        if not self._shape.is_transaction_control:
            self._note(await self.watch.after(self), "")
        if self._is_wrapped:
            await self.ask("COMMIT")
        await self._send({"go": True})

    async def _on_failed(self, message: dict[str, Any]) -> None:
        error = STUCK if await self.guard.end() else message["error"]
        if not self._shape.is_transaction_control:
            seen = await self.watch.after(self)
            kept = seen.effects if self._shape.held_tables else Effects()
            self._note(replace(seen, effects=replace(kept, error=error)), error)
        await self._send({"go": True})

    async def _on_connected(self, message: dict[str, Any]) -> None:
        self._pids.add(message["pid"])
        await self._send({"go": True})

    async def _on_ended(self, _: dict[str, Any]) -> None:
        for pid in sorted(self._pids):
            self._note_unannounced(pid)
        # Without a connection it only wrote SQL: who runs that is another program's matter, at another time.
        self._note_strangers(of_this_revision=bool(self._pids))
        await self._send({"go": True})

    async def _on_structure(self, message: dict[str, Any]) -> None:
        self.trials.take_structure(message["revision"], message["when"], message["text"])
        await self._send({"go": True})

    async def _try_rows(self, last: int) -> None:
        """Whether triggers fail on a row by now, as far as the migration has committed.

        Args:
            last: the place of the revision that ran last; below 0 before the first.
        """
        if self._trying is None:
            self._trying = await self.guard.connect()
        for table, words in (await self._row_trials.look(self._trying)).items():
            place = place_that_changed(self.revisions, table, last)
            revision = self.revisions[place]
            self.revisions[place] = replace(revision, broken=(*revision.broken, words))
        self.watch.forget_messages([self._trying.get_server_pid()])

    async def _try_rows_at_end(self) -> None:
        if self._row_trials.is_begun:
            await self._try_rows(len(self.revisions) - 1)

    async def _look_at_end(self) -> None:
        """Once, when the upgrade is over and before any way back: what is there of it, and do triggers work."""
        if self._is_over or not self.revisions:
            return
        self._is_over = True
        await self._try_rows_at_end()
        last = self.revisions[-1]
        if last.revision_id not in self._announced or last.error or not self.is_upgrade:
            return
        connection = await self.guard.connect()
        try:
            is_there = await is_recorded(connection, last.revision_id)
            self.watch.forget_messages([connection.get_server_pid()])
        finally:
            await connection.close()
        self.revisions[-1] = replace(last, is_rolled_back=not is_there)

    async def _on_trial(self, message: dict[str, Any]) -> None:
        """Rows for the first way down; none for a second try, nor for the upgrade after it."""
        self._note_strangers()  # what came so far belongs to the upgrade; from now on nothing does
        await self._look_at_end()
        connection = await self.guard.connect()
        self._pids.add(connection.get_server_pid())
        try:
            if message["stage"] == "downgrade" and not message["is_second_try"]:
                await connection.execute(TRIAL_LIMITS)
                await self._rows.put(connection, self._touched())
            else:
                await self._rows.take(connection)
        finally:
            await connection.close()
        await self._send({"go": True})

    async def _on_tried(self, message: dict[str, Any]) -> None:
        again = self.trials.take_end(
            message["stage"], without_passwords(message["error"]), message["revision"], message["sql"],
            is_second_try=message["is_second_try"],
        )
        self.watch.forget_messages(self._pids)
        await self._send({"go": True, "again": again})

    def _touched(self) -> list[int]:
        """Tables that the upgrade made, or locked."""
        locked = {
            lock.relation for revision in self.revisions for statement in revision.statements if statement.effects
            for lock in statement.effects.locks if lock.is_on_table
        }
        return [
            oid for oid, relation in self.watch.relations.by_oid.items()
            if relation.kind in {"table", "partitioned table"}
            and (relation.created_in is not None or relation.shown in locked) and "alembic_version" not in relation.name
        ]

    def _note_unannounced(self, pid: int) -> None:
        """What a driver ran past the hooks is told all the same, by its text."""
        for sql in self.watch.take_unannounced(pid) if self.revisions else ():
            last = self.revisions[-1]
            statement = TracedStatement(last.revision_id, last.path, 0, sql, 0, None)
            self.revisions[-1] = replace(last, statements=(*last.statements, statement))
            self.unannounced += 1

    def _note_reached(self, items: Iterable[Mapping[str, Any]]) -> None:
        """What the project's code asked for beyond the scratch server; env.py's own asking is a warning."""
        for item in items:
            line = f" (line {item['line']})" if item["line"] else ""
            what = without_passwords(f"{item['what']}{line}: {item['why']}")
            if item["revision"] is None or not self.revisions:
                self.reached_outside.append(what)
            else:
                last = self.revisions[-1]
                self.revisions[-1] = replace(last, reached=(*last.reached, what))

    def _note_strangers(self, *, of_this_revision: bool = False) -> None:
        """What another program ran belongs to the revision that it then wrote into alembic_version.

        Args:
            of_this_revision: a revision of our own has just ended: what it started belongs to it.
        """
        for sql in self.watch.take_of_strangers(self._pids):
            revision_id = written_revision(sql)
            if VERSION_TABLE in sql.lower() and not revision_id:
                continue  # the table itself, or a revision that is taken away
            if not revision_id and of_this_revision and self.revisions:
                last = self.revisions[-1]
                added = self._unseen(last.revision_id, [sql])
                self.revisions[-1] = replace(last, statements=(*last.statements, *added))
                continue
            if not revision_id:
                self._waiting.append(sql)
                continue
            self.revisions.append(TracedRevision(revision_id, "", "", self._unseen(revision_id, self._waiting)))
            self._waiting = []

    def _note_rest_of_strangers(self) -> None:
        """What no revision was written after belongs to the last one."""
        self._note_strangers()
        if self._waiting and self.revisions:
            last = self.revisions[-1]
            added = self._unseen(last.revision_id, self._waiting)
            self.revisions[-1] = replace(last, statements=(*last.statements, *added))

    def _unseen(self, revision_id: str, texts: list[str]) -> tuple[TracedStatement, ...]:
        self.unannounced += len(texts)
        return tuple(TracedStatement(revision_id, "", 0, sql, 0, None) for sql in texts)

    async def watch_strangers(self) -> None:
        """End what would wait without end on a session that nobody announced."""
        await self.guard.watch_strangers(lambda: self._pids, self._note_stuck)

    def _note_stuck(self, says: str) -> None:
        if self.revisions:
            last = self.revisions[-1]
            self.revisions[-1] = replace(last, reached=tuple(dict.fromkeys((*last.reached, says))))

    async def drained(self) -> None:
        """Wait until everything that the program sent was heard."""
        for serving in self._serving:
            await serving
        if self._trying is not None:
            await self._trying.close()
        # Only now is every program of the command over: a Python in a pipe ends before the psql that reads from it.
        self._note_rest_of_strangers()

    def result(self, server: str, server_major: int, ended: ProbeOutcome) -> TracedRun:
        """The run, whole."""
        lock_timeout, statement_timeout, time_zone = (self.session_facts or "||").split("|")
        return TracedRun(
            server, server_major, tuple(self.revisions), lock_timeout, statement_timeout, time_zone,
            self._error(ended), is_error_of_sql=self.stopped.is_sql,
            has_shared_transaction=self.has_shared_transaction, warnings=self._warnings(),
            downgrades=self.trials.results(), no_downgrades=self.trials.note, error_here=self._error_here(),
        )

    def _error_here(self) -> str:
        """Why its failure says nothing of production: it reached for something that a check keeps away."""
        last = self.revisions[-1] if self.revisions else None
        if last is None or not last.reached or self.stopped.is_sql or not self.stopped.kind:
            return ""
        return f"it {last.reached[-1].partition(': ')[0]}, and a check lets it reach nothing but the scratch server"

    def _warnings(self) -> tuple[str, ...]:
        found = [
            f"env.py {what}" for what in dict.fromkeys(self.reached_outside)
        ]
        if self.unannounced:
            found.append(
                f"{self.unannounced} statements ran past SQLAlchemy: they were not measured, their text was read"
            )
        return tuple(found)

    def _error(self, ended: ProbeOutcome) -> str:
        stopped = self.stopped
        if not stopped.is_over:
            return f"the project's Python ended early: {last_line(ended)}"
        if not stopped.has_connected and stopped.other_dialects:
            return (
                f"its env.py connects to {', '.join(stopped.other_dialects)}, not to PostgreSQL: name the variable "
                "that holds its URL with --env NAME=postgresql://…"
            )
        if stopped.error or stopped.kind:
            where = f" ({stopped.where})" if stopped.where else ""
            return without_passwords(f"{stopped.kind}: {stopped.error}{where}")
        if not stopped.has_connected and not self.unannounced:
            return "its env.py opened no connection through SQLAlchemy"
        return ""

    def _note(self, seen: Seen, error: str) -> None:
        before = self._before
        is_alone = self._is_wrapped or self._shape.must_run_alone
        statement = TracedStatement(
            before["revision"], before["path"], before["line"], plain_sql(before["sql"], before["paramstyle"]),
            0 if is_alone else seen.transaction, seen.effects, seen.created_in, seen.table_of_index,
            seen.before, bool(before.get("is_unread")),
        )
        last = self.revisions[-1]
        self.revisions[-1] = replace(last, statements=(*last.statements, statement), error=error)

    async def _on_stopped(self, message: dict[str, Any]) -> None:
        self._note_strangers()
        if not message.get("kind"):
            await self._look_at_end()
        was = self.stopped
        said = Stopped(
            message.get("kind", ""), message.get("error", ""), message.get("where", ""), message.get("is_sql", False),
            message["has_connected"] or was.has_connected, (*was.other_dialects, *message["other_dialects"]),
            is_over=True,
        )
        # A command may start several Pythons: the cause of its failure is in the one that failed first.
        is_consequence = bool(was.kind) and not message.get("is_whole")
        self.stopped = replace(said, kind=was.kind, error=was.error, where=was.where, is_sql=was.is_sql) if (
            is_consequence
        ) else said


VERSION_TABLE = "alembic_version"
_WRITTEN = re.compile(r"(?:INSERT\s+INTO|UPDATE)\s+\S*alembic_version\b.*?'([^']+)'", re.IGNORECASE | re.DOTALL)


def written_revision(sql: str) -> str:
    """The revision that this statement writes into alembic_version; empty where it does not."""
    found = _WRITTEN.search(sql)
    return found[1] if found else ""


_PLACEHOLDER = re.compile(r"%(?:%|s|\(\w+\)s)")


def plain_sql(sql: str, paramstyle: str) -> str:
    """A driver's text as PostgreSQL would read it: `%(name)s` and `%s` become $1, `%%` becomes `%`."""
    if paramstyle not in {"pyformat", "format"}:
        return sql
    numbers = count(1)
    return _PLACEHOLDER.sub(lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", sql)
