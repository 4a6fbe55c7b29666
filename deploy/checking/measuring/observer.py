"""The second connection: it looks at the watched backend from outside, without disturbing its transaction."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from deploy.model.locks import LockMode

LOOK = """
SELECT json_build_object(
  'state', (SELECT state FROM pg_stat_activity WHERE pid = $1),
  'locks', (SELECT json_agg(json_build_array(relation::int8, mode, granted, locktype))
              FROM pg_locks
             WHERE pid = $1
               AND ((locktype = 'relation'
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
                    OR NOT granted)))::text
"""
FIRST_USER_OID = 16384
POLL_SECONDS = 0.002


@dataclass(frozen=True)
class Look:
    """One look.

    Attributes:
        state: pg_stat_activity's word: `idle in transaction`.
        locks: (oid, mode) of every relation lock that is held.
        waits_for: lock types that are asked for and not granted: `virtualxid`, `relation`.
        asked: (oid, mode) asked for and not granted.
    """

    state: str
    locks: frozenset[tuple[int, LockMode]]
    waits_for: frozenset[str]
    asked: frozenset[tuple[int, LockMode]]

    @property
    def is_in_transaction(self) -> bool:
        """Whether the backend waits for its client inside an open, sound transaction."""
        return self.state == "idle in transaction"

    @property
    def is_idle(self) -> bool:
        """Whether it is in no transaction, and waits for its client."""
        return self.state == "idle"


class Observer:
    """Superuser's eyes on the scratch database."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def look(self, pid: int) -> Look:
        """The backend, now."""
        async with self._turn:
            raw = json.loads(await self._connection.fetchval(LOOK, pid))
        granted: set[tuple[int, LockMode]] = set()
        asked: set[tuple[int, LockMode]] = set()
        kinds: set[str] = set()
        for oid, mode, is_granted, kind in raw["locks"] or ():
            if not is_granted:
                kinds.add(kind)
            if kind == "relation" and oid >= FIRST_USER_OID:
                (granted if is_granted else asked).add((oid, LockMode.from_catalog(mode)))
        return Look(raw["state"] or "", frozenset(granted), frozenset(kinds), frozenset(asked))

    async def fetch_json(self, sql: str) -> Any:
        """The one JSON text that a question answers."""
        async with self._turn:
            return json.loads(await self._connection.fetchval(sql))

    async def wait_until_stuck(self, pid: int, seconds: float, is_over: Callable[[], bool]) -> Look | None:
        """The look at the moment when the backend waits for a lock; None where it does not.

        Args:
            seconds: the longest wait.
            is_over: whether the statement has ended: one that fails at once waits for nothing.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline and not is_over():
            look = await self.look(pid)
            if look.waits_for:
                return look
            await asyncio.sleep(POLL_SECONDS)
        return None
