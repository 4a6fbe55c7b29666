"""What was measured beside what the text let expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from deploy.model.check import Comparison
from deploy.model.effects import Effects, RelationLock
from deploy.model.locks import LockMode


def compare(predicted: Effects, measured: Effects | None) -> Comparison:
    """One word for the pair.

    A text that could not be analysed predicts nothing; what ran then is `not predicted`. Any table with a stronger
    lock or more work than expected makes the whole `stronger`.
    """
    if measured is None:
        return Comparison.NOT_EXERCISED
    if predicted.unknown:
        return Comparison.NOT_PREDICTED
    seen, expected = _facts(measured), _facts(predicted)
    if seen == expected:
        return Comparison.CONFIRMED
    if any(seen.get(name, 0) > expected.get(name, 0) for name in seen):
        return Comparison.STRONGER
    return Comparison.WEAKER


def with_held_locks(measured: Effects, again: Iterable[RelationLock], held: Mapping[str, LockMode]) -> Effects:
    """The measurement, and the locks that the statement needs but found already held by its own transaction.

    A measurement sees what is newly taken. What an earlier statement of the transaction holds is needed again where
    the words say so, or where work on that table was seen.

    Args:
        again: those of `held` that its words ask for.
    """
    taken = {lock.relation for lock in measured.locks}
    needed = [lock for lock in again if lock.relation not in taken]
    worked = {*measured.rewrites, *measured.new_files, *(build.table for build in measured.index_builds)}
    named = taken | {lock.relation for lock in needed}
    needed += [RelationLock(name, "table", held[name]) for name in sorted(worked - named) if name in held]
    return replace(measured, locks=tuple(sorted({*measured.locks, *needed})))


def _facts(effects: Effects) -> dict[tuple[str, str], int]:
    """Each fact with its weight; locks below SHARE UPDATE EXCLUSIVE matter to nobody."""
    facts = {("lock", lock.relation): int(lock.mode) for lock in effects.locks if lock.is_on_table and lock.mode >= 4}  # noqa: PLR2004
    facts |= {("rewrite", name): 1 for name in effects.rewrites}
    facts |= {("scan", name): 1 for name in effects.scans}
    facts |= {("build", build.table): 1 for build in effects.index_builds}
    return facts | {("file", name): 1 for name in effects.new_files}


def keep_old(effects: Effects, is_new: Callable[[str], bool]) -> Effects:
    """The effects on relations that existed before: nobody else waits for a table that nobody knows yet."""
    return replace(
        effects,
        locks=tuple(lock for lock in effects.locks if not is_new(lock.relation)),
        rewrites=tuple(name for name in effects.rewrites if not is_new(name)),
        scans=tuple(name for name in effects.scans if not is_new(name)),
        index_builds=tuple(build for build in effects.index_builds if not is_new(build.table)),
        concurrent_builds=tuple(build for build in effects.concurrent_builds if not is_new(build.table)),
        new_files=tuple(name for name in effects.new_files if not is_new(name)),
        drops=tuple(drop for drop in effects.drops if not is_new(_owner(drop.kind, drop.identity))),
    )


def _owner(kind: str, identity: str) -> str:
    """The table that a dropped thing belongs to, as relations are called here."""
    name = identity.rpartition(" on ")[2] if " on " in identity else identity
    name = name.removeprefix("for ").replace('"', "").removeprefix("public.")
    return name.rpartition(".")[0] if kind in {"table column", "default value"} else name
