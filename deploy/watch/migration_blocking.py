"""Whom a migration keeps waiting: those behind the locks it holds, and those behind it in the line for a lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from deploy.model.locks import LockMode
from deploy.model.monitoring import BlockedSession


def migration_sessions(blocked: Sequence[BlockedSession], since: datetime | None) -> dict[int, datetime]:
    """Sessions that hold, or wait for, a table lock that only schema changes take; pid -> when it began.

    An application takes row locks; SHARE and stronger on a table is a schema change's.

    Args:
        since: only sessions that began after this, by the server's clock; None: any.
    """
    found: dict[int, datetime] = {}
    for session in blocked:
        if session.root_modes and session.root_started_at is not None and _is_new(session.root_started_at, since):
            found[session.root_pid] = session.root_started_at
        is_change = session.wanted_mode and _is_strong(session.wanted_mode)
        if is_change and session.started_at is not None and _is_new(session.started_at, since):
            found[session.pid] = session.started_at
    return found


def kept_waiting(blocked: Sequence[BlockedSession], migration_pids: Sequence[int]) -> tuple[BlockedSession, ...]:
    """Sessions behind the migration, directly or through others; the longest wait first."""
    behind = set(migration_pids)
    grew = True
    while grew:
        more = {b.pid for b in blocked if behind & set(b.blocked_by)} - behind
        grew = bool(more)
        behind |= more
    victims = [b for b in blocked if b.pid in behind and b.pid not in migration_pids]
    return tuple(sorted(victims, key=lambda b: -b.waited_seconds))


def _is_new(started_at: datetime, since: datetime | None) -> bool:
    return since is None or started_at >= since


def _is_strong(mode_name: str) -> bool:
    try:
        return LockMode.from_catalog(mode_name) >= LockMode.SHARE
    except KeyError:  # a lock on something else than a table
        return False
