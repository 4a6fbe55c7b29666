"""From the statement that takes a lock to the COMMIT that frees it: what is held while what works."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.check import CheckedStatement, LockWindow
from deploy.model.locks import LockMode


def lock_windows(statements: Sequence[CheckedStatement]) -> tuple[LockWindow, ...]:
    """Every lock that makes readers or writers wait, the strongest for each table and transaction."""
    by_transaction: dict[int, list[int]] = {}
    for position, statement in enumerate(statements):
        key = statement.transaction or -position - 1  # one that stands alone is a transaction of its own
        by_transaction.setdefault(key, []).append(position)
    windows = []
    for key, positions in by_transaction.items():
        windows += _windows_of(max(key, 0), positions, statements)
    return tuple(sorted(windows, key=lambda window: (window.first, window.relation)))


def _windows_of(
    transaction: int, positions: Sequence[int], statements: Sequence[CheckedStatement]
) -> list[LockWindow]:
    strongest: dict[str, LockMode] = {}
    first: dict[str, int] = {}
    for position in positions:
        for lock in statements[position].effects.locks:
            if lock.is_on_table and lock.mode.blocks_writes:
                first.setdefault(lock.relation, position)
                strongest[lock.relation] = max(lock.mode, strongest.get(lock.relation, lock.mode))
    last = positions[-1]
    windows = []
    for relation, mode in strongest.items():
        inside = [position for position in positions if position >= first[relation]]
        work = tuple(position for position in inside if statements[position].works)
        windows.append(
            LockWindow(transaction, relation, mode, first[relation], last, _sum([statements[p] for p in inside]), work)
        )
    return windows


def _sum(statements: Sequence[CheckedStatement]) -> float | None:
    seconds = [statement.seconds for statement in statements]
    known = [item for item in seconds if item is not None]
    return sum(known) if len(known) == len(seconds) else None
