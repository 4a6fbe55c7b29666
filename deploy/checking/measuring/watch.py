"""The watch over one database: what each statement locks, rewrites, reads, builds and drops.

The watched session announces every statement before and after it runs. In between, and before it commits, this
side looks at pg_locks from a connection of its own, reads the server's DEBUG1 messages, and asks the watched
session itself only for what no one else can see: files and names that are not committed yet.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from deploy.checking.measuring.blocker import Blocker
from deploy.checking.measuring.catalog import can_look_around, look_around
from deploy.checking.measuring.messages import Said, changes_among
from deploy.checking.measuring.observer import Look, Observer
from deploy.checking.measuring.relations import (
    FIRST_FLUSH_MAJOR,
    INDEXES,
    SEND_OFF,
    Names,
    Relation,
    Relations,
    look_sql,
)
from deploy.model.catalog_look import CatalogLook
from deploy.model.effects import Effects, RelationLock
from deploy.model.locks import LockMode
from deploy.model.trace import StatementShape

# Waiting for the blocker's lock itself says nothing of CONCURRENTLY's own waits.
RELATION_LOCK = "relation"
NOT_SCANNED = INDEXES | {"sequence", "view"}


class Watched(Protocol):
    """A session that is watched."""

    pid: int

    async def ask(self, sql: str) -> str | None:
        """Run this on the watched connection and return its one value; None where it could not."""


@dataclass
class Session:
    """What is known of one watched backend.

    Attributes:
        gone: what this transaction dropped: another relation may bear its name by now.
        around: what the catalog held around the statement that runs.
    """

    held: set[tuple[int, LockMode]] = field(default_factory=set)
    gone: frozenset[int] = frozenset()
    scans: dict[int, int] = field(default_factory=dict)
    shape: StatementShape = field(default_factory=StatementShape)
    transaction: int = 0
    is_open: bool = False
    is_running: bool = False
    blocker: asyncio.Task[tuple[Look | None, tuple[int, ...]]] | None = None
    around: CatalogLook | None = None


@dataclass(frozen=True)
class Seen:
    """One statement's effects, and which of the named relations are not old.

    Attributes:
        before: what the catalog held around the statement before it ran; None where it could not be asked.
    """

    effects: Effects
    transaction: int
    created_in: Mapping[str, str]
    table_of_index: Mapping[str, str]
    before: CatalogLook | None = None


class Watch:
    """All sessions of one scratch database.

    Args:
        messages: what each backend said since the last call, by pid.
        connect_blocker: opens the connection that makes CONCURRENTLY wait.
        server_major: `17`; before 15 scans that only the backend's counters know are not seen.
    """

    def __init__(
        self, observer: Observer, messages: Callable[[], dict[int, list[str]]],
        connect_blocker: Callable[[], Awaitable[Blocker]], server_major: int,
    ) -> None:
        self._observer = observer
        self._messages = messages
        self._connect_blocker = connect_blocker
        self._has_counters = server_major >= FIRST_FLUSH_MAJOR
        self._sessions: dict[int, Session] = {}
        self._unread: dict[int, list[str]] = {}
        self._transactions = 0
        self.relations = Relations()
        self._can_look_around = False
        self._looked: dict[StatementShape, CatalogLook] = {}  # since the last change of the schema
        self.label: str | None = None

    async def begin(self) -> None:
        """Take in what is there: from now on, new relations belong to the run."""
        await self._take_in_all(None)
        self._can_look_around = await can_look_around(self._observer.fetch_json)
        self._messages()

    async def before(self, watched: Watched, shape: StatementShape) -> None:
        """The session is about to run a statement."""
        session = self._sessions.setdefault(watched.pid, Session())
        look = await self._observer.look(watched.pid)
        has_ended = session.is_open and not look.is_in_transaction
        if has_ended:
            await self._closed(session)
        session.held = set(look.locks)  # a savepoint that was rolled back gave some back
        if not session.is_open:
            if not has_ended:  # otherwise all was taken in this moment
                await self._take_in_all(None)
            await self._opened(watched, session, look)
        session.around = await self._look_around(watched, look, shape)
        session.shape, session.is_running = shape, True
        self._read_messages()
        self._unread.pop(watched.pid, None)
        if shape.held_tables:
            blocker = await self._connect_blocker()
            tables = await blocker.hold(shape.held_tables, shape.blocker_mode)
            session.blocker = asyncio.ensure_future(self._watch_blocked(watched.pid, session, blocker, tables))

    async def after(self, watched: Watched) -> Seen:
        """The session ran it, and has not committed yet (if it is in a transaction)."""
        session = self._sessions[watched.pid]
        session.is_running = False
        said = Said().read(self._take_messages(watched.pid))
        look = await self._observer.look(watched.pid)
        modes = {item for item in look.locks if item not in session.held}
        waits: frozenset[str] = frozenset()
        if session.blocker is not None:
            seen, _ = await session.blocker
            session.blocker = None
            if seen is not None:
                modes |= seen.locks | seen.asked
                waits = seen.waits_for
        seen_now = await self._what_changed(watched, session, look, modes, said, waits)
        session.held = set(look.locks)
        if look.is_idle and session.shape.must_run_alone and self._has_counters:
            await watched.ask(SEND_OFF)
        if not look.is_in_transaction:
            await self._closed(session)
        return seen_now

    def forget_messages(self, pids: Iterable[int]) -> None:
        """What these sessions ran until now is nobody's: env.py's own statements, Alembic's between two revisions."""
        self._read_messages()
        for pid in pids:
            self._unread.pop(pid, None)

    def take_of_strangers(self, known: Iterable[int]) -> list[str]:
        """Changes by sessions that never announced themselves: another program's, such as psql."""
        self._read_messages()
        found = []
        for pid in [pid for pid in self._unread if pid not in known]:
            found += [text for text in changes_among(self._unread.pop(pid)) if not text.upper().startswith("LOCK")]
        return found

    def take_unannounced(self, pid: int) -> list[str]:
        """Statements that this session ran since the last announced one, and that change something."""
        return changes_among(self._take_messages(pid))

    async def is_open(self, pid: int) -> bool:
        """Whether a transaction in which something was watched is still open."""
        session = self._sessions.get(pid)
        return session is not None and session.is_open and (await self._observer.look(pid)).is_in_transaction

    async def ended(self, pid: int) -> None:
        """The transaction of this session ended, one way or the other."""
        session = self._sessions.get(pid)
        if session is not None and session.is_open:
            await self._closed(session)

    async def _opened(self, watched: Watched, session: Session, look: Look) -> None:
        """What was done unwatched in its own transaction (Alembic's own reading) was there before."""
        self._transactions += 1
        session.transaction, session.is_open = self._transactions, True
        if look.is_in_transaction and self._has_counters:
            raw = await self._ask(watched, look, look_sql(self.relations.max_oid, {oid for oid, _ in look.locks}))
            session.scans.update({row[0]: row[6] or 0 for row in raw["known"] or []})

    async def _closed(self, session: Session) -> None:
        session.held.clear()
        session.scans.clear()
        session.gone = frozenset()
        session.is_open = False
        await self._take_in_all(self.label)

    def _read_messages(self) -> None:
        for pid, lines in self._messages().items():
            self._unread.setdefault(pid, []).extend(lines)

    def _take_messages(self, pid: int) -> list[str]:
        self._read_messages()
        return self._unread.pop(pid, [])

    async def _watch_blocked(
        self, pid: int, session: Session, blocker: Blocker, tables: tuple[int, ...]
    ) -> tuple[Look | None, tuple[int, ...]]:
        try:
            found = await self._observer.wait_until_stuck(
                pid, blocker.patience_seconds, lambda: not session.is_running
            )
            return found, tables
        finally:
            await blocker.release()

    async def _take_in_all(self, label: str | None) -> None:
        raw = await self._observer.fetch_json(look_sql(0))
        rows = raw["new"] or []
        self.relations.forget(set(self.relations.by_oid) - {row[0] for row in rows})
        self.relations.add(rows, label)

    async def _what_changed(
        self, watched: Watched, session: Session, look: Look, modes: set[tuple[int, LockMode]], said: Said,
        waits: frozenset[str],
    ) -> Seen:
        before = dict(self.relations.by_oid)
        touched = {oid for oid, _ in modes | look.locks if oid in before}
        is_inside = look.is_in_transaction
        question = look_sql(
            self.relations.max_oid, touched, said.validates, has_flush=is_inside and self._has_counters
        )
        raw = await self._ask(watched, look, question)
        if not (is_inside and self._has_counters):
            raw = {**raw, "known": [[*row[:6], 0] for row in raw["known"] or []]}
        rows = raw["known"] or []
        raw = raw | self.relations.split_links(raw["links"] or [], self.label)
        effects = _effects(before, modes, said, raw, session, waits)
        session.gone = frozenset(touched - {row[0] for row in rows})
        session.scans.update({row[0]: row[6] or 0 for row in [*rows, *(raw["new"] or [])]})
        self.relations.add(raw["new"] or [], self.label)
        self.relations.rename(rows)
        named = {lock.relation for lock in effects.locks} | {b.table for b in effects.index_builds}
        named |= set(effects.rewrites) | set(effects.scans) | set(effects.new_files)
        return Seen(
            effects, session.transaction, _origins(before, named), _tables_of(before, named), session.around
        )

    async def _look_around(self, watched: Watched, look: Look, shape: StatementShape) -> CatalogLook | None:
        """Asked on the watched session, which alone sees what its transaction changed so far."""
        if not self._can_look_around:
            return None
        if not shape.is_of_rows:
            self._looked.clear()
        elif shape in self._looked:
            return self._looked[shape]
        found = await look_around(lambda sql: self._ask(watched, look, sql), shape)
        if shape.is_of_rows:
            self._looked[shape] = found
        return found

    async def _ask(self, watched: Watched, look: Look, sql: str) -> Any:
        text = await watched.ask(sql) if look.is_in_transaction else None
        return json.loads(text) if text else await self._observer.fetch_json(sql)


def _effects(
    before: Mapping[int, Relation], modes: set[tuple[int, LockMode]], said: Said, raw: Mapping[str, Any],
    session: Session, waits: frozenset[str],
) -> Effects:
    rows = raw["known"] or []
    strongest = _strongest(before, modes, raw["new"] or [], rows)
    named = Names(before, strongest, session.gone)
    rewrites = named.all(said.rewrites)
    builds = named.builds(said.builds)
    is_concurrent = session.shape.is_concurrent
    scans = [*named.all(said.verifies), *_linked(before, said, raw)]
    if not session.shape.is_truncate and not is_concurrent:
        counted = _counted_scans(before, rows, session.scans, raw["looked_up"])
        scans += [*counted, *(build.table for build in builds)]
    partitioned = {relation.shown for relation in before.values() if relation.kind == "partitioned table"}
    return Effects(
        locks=tuple(sorted(RelationLock(before[oid].shown, before[oid].kind, mode) for oid, mode in strongest.items())),
        rewrites=rewrites,
        scans=tuple(name for name in dict.fromkeys(scans) if name not in rewrites and name not in partitioned),
        index_builds=() if is_concurrent else builds,
        concurrent_builds=builds if is_concurrent else (),
        validated_foreign_keys=tuple(dict.fromkeys(said.validates)) if raw["links"] else (),
        new_files=_new_files(before, rows, rewrites, {build.index for build in builds}),
        drops=tuple(said.drops),
        waits_for=tuple(sorted(waits - {RELATION_LOCK})),
        is_in_transaction=not session.shape.must_run_alone,
    )


def _strongest(
    before: Mapping[int, Relation], modes: set[tuple[int, LockMode]], new_rows: Sequence[Sequence[Any]],
    rows: Sequence[Sequence[Any]],
) -> dict[int, LockMode]:
    """The strongest mode by oid. An index that the statement replaced by one of the same name is a new one now."""
    strongest: dict[int, LockMode] = {}
    for oid, mode in modes:
        if oid in before:
            strongest[oid] = max(mode, strongest.get(oid, mode))
    new_names = {(row[1], row[2]) for row in new_rows}
    still_there = {row[0] for row in rows}
    return {
        oid: mode for oid, mode in strongest.items()
        if oid in still_there or (before[oid].schema, before[oid].name) not in new_names
    }


def _linked(before: Mapping[int, Relation], said: Said, raw: Mapping[str, Any]) -> list[str]:
    """Both sides of every foreign key that was checked against the data."""
    if not said.validates:
        return []
    return [before[oid].shown for pair in raw["links"] for oid in pair if oid in before]


def _new_files(
    before: Mapping[int, Relation], rows: Sequence[Sequence[Any]], rewrites: Iterable[str], built: set[str]
) -> tuple[str, ...]:
    """A file that changed without a word. An index's file changes with every build, and that was said."""
    changed = []
    for oid, *_, file_node, _scans in rows:
        old = before[oid]
        is_told = old.shown in rewrites or old.name in built
        if old.file_node not in {0, file_node} and file_node and not is_told:
            changed.append(old.shown)
    return tuple(sorted(changed))


def _counted_scans(
    before: Mapping[int, Relation], rows: Sequence[Sequence[Any]], scans_before: Mapping[int, int],
    looked_up: frozenset[int],
) -> list[str]:
    """Whole scans by the backend's own counters: of a domain's check nothing else is seen."""
    return [
        before[oid].shown for oid, *_, scans in rows
        if before[oid].kind not in NOT_SCANNED and oid not in looked_up and (scans or 0) > scans_before.get(oid, 0)
    ]


def _origins(before: Mapping[int, Relation], named: set[str]) -> dict[str, str]:
    return {r.shown: r.created_in for r in before.values() if r.created_in is not None and r.shown in named}


def _tables_of(before: Mapping[int, Relation], named: set[str]) -> dict[str, str]:
    return {
        r.shown: before[r.table_oid].shown
        for r in before.values() if r.kind in INDEXES and r.shown in named and r.table_oid in before
    }
