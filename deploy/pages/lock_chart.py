"""The stored check's locks as bars: one column a statement of the transaction, from the lock to COMMIT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LockBar:
    """One lock. Percent of the transaction's width.

    Attributes:
        work: (left, width) of the statements meanwhile whose time grows with the data.
    """

    relation: str
    mode: str
    who_waits: str
    seconds: float | None
    left: float
    width: float
    work: tuple[tuple[float, float], ...]
    is_blocking_readers: bool


@dataclass(frozen=True)
class LockGroup:
    """The locks of one transaction, beside its statements."""

    title: str
    statements: tuple[Mapping[str, Any], ...]
    bars: tuple[LockBar, ...]


def lock_groups(check: Mapping[str, Any]) -> tuple[LockGroup, ...]:
    """What a check's record says of locks; nothing where it is of a version that kept none."""
    statements: Sequence[Mapping[str, Any]] = check.get("statements", ())
    windows: Sequence[Mapping[str, Any]] = check.get("windows", ())
    by_transaction: dict[tuple[int, int], list[Mapping[str, Any]]] = {}
    for window in windows:
        # Transaction 0 is none: each statement that stands alone is a group of its own.
        key = (window["transaction"], 0 if window["transaction"] else window["first"])
        by_transaction.setdefault(key, []).append(window)
    return tuple(_group(key[0], members, statements) for key, members in by_transaction.items())


def _group(
    transaction: int, windows: Sequence[Mapping[str, Any]], statements: Sequence[Mapping[str, Any]]
) -> LockGroup:
    if transaction:
        members = [s for s in statements if s["transaction"] == transaction]
    else:
        inside = {p for window in windows for p in range(window["first"], window["last"] + 1)}
        members = [s for s in statements if s["position"] in inside]
    places = {statement["position"]: column for column, statement in enumerate(members)}
    columns = max(len(members), 1)
    revisions = ", ".join(dict.fromkeys(s["revision"] for s in members))
    title = f"transaction {transaction}, {revisions}" if transaction else f"{revisions}, outside a transaction"
    return LockGroup(title, tuple(members), tuple(_bar(window, places, columns) for window in windows))


def _bar(window: Mapping[str, Any], places: Mapping[int, int], columns: int) -> LockBar:
    first = places.get(window["first"], 0)
    last = places.get(window["last"], columns - 1)
    share = 100 / columns
    return LockBar(
        relation=window["relation"], mode=window["mode"], who_waits=window["who_waits"], seconds=window["seconds"],
        left=round(first * share, 3), width=round((last - first + 1) * share, 3),
        work=tuple((round(places[p] * share, 3), round(share, 3)) for p in window["work"] if p in places),
        is_blocking_readers=window["mode"] == "ACCESS EXCLUSIVE",
    )
