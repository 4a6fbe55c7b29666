"""ALTER TABLE: partitions and inheritance."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.effects.altering import Altering
from deploy.checking.prediction.effects.bounds import implies_bound
from deploy.checking.prediction.effects.draft import FailedError
from deploy.checking.prediction.schema.falling import identity
from deploy.checking.prediction.schema.indexes import choose_index_name, matching_index
from deploy.checking.prediction.schema.objects import Relation
from deploy.model.locks import LockMode

AX, SUX, SRX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE
ATTACH_IS_WEAK_SINCE = 12
DETACHED_IS_LOCKED_SINCE = 14


def attach(altering: Altering, command: Any) -> None:
    """ATTACH PARTITION: reads the new partition, unless a CHECK says enough; and the default one, likewise."""
    part = getattr(command, "def").partition_cmd
    parent, draft = altering.table, altering.draft
    child = draft.schema.assumed_of(part.name)
    altering.lock([parent], SUX if draft.server_major >= ATTACH_IS_WEAK_SINCE else AX)
    altering.lock(child.family(), AX)
    _lock_above(altering)
    if child.parent is not None:
        raise FailedError(f'"{child.name}" is already a partition')
    _refuse_missing_columns(parent, child)
    columns = [column.name for column in parent.partition_columns]
    if not part.bound.is_default and not implies_bound(child, columns, part.bound, is_inside=True):
        altering.draft.scan(child)
    default = parent.default_partition
    if part.bound.is_default:
        altering.draft.scan(child)
    if default is not None:
        altering.lock(default.family(), AX)
        if not implies_bound(default, columns, part.bound, is_inside=False):
            altering.draft.scan(default)
    _complete_indexes(altering, child)
    _complete_foreign_keys(altering, child)


def _lock_above(altering: Altering) -> None:
    """The bounds of all levels count."""
    above = altering.table.parent
    while above is not None:
        altering.draft.lock(above, LockMode.ACCESS_SHARE)
        above = above.parent


def _refuse_missing_columns(parent: Relation, child: Relation) -> None:
    if child.is_assumed or child.is_uncertain:
        return
    for name in parent.columns:
        if name not in child.columns:
            raise FailedError(f'child table is missing column "{name}"')


def _complete_indexes(altering: Altering, child: Relation) -> None:
    """Indexes of the parent that the new partition has not yet are built."""
    schema = altering.draft.schema
    for index in altering.table.indexes:
        if index.is_only and not index.is_valid:
            continue
        altering.draft.lock(index, SUX)
        if matching_index(index, child) is None:
            columns = [child.columns.get(column.name) if column else None for column in index.columns]
            kind = index.constraint.kind if index.constraint else ""
            altering.state(child).new_indexes.append(choose_index_name(schema, child, columns, kind))


def _complete_foreign_keys(altering: Altering, child: Relation) -> None:
    for foreign_key in altering.table.foreign_keys():
        names = [column.name for column in foreign_key.columns]
        has_one = any(
            own.target is foreign_key.target and [c.name for c in own.columns] == names for own in child.foreign_keys()
        )
        if foreign_key.target is not None:
            altering.draft.lock(foreign_key.target, SRX)
            if not has_one:
                altering.foreign_key_checks.append((foreign_key.name, child, foreign_key.target))
    altering.lock([foreign_key.table for foreign_key in altering.table.referenced_by], SRX)


def detach(altering: Altering, command: Any) -> None:
    """DETACH PARTITION [CONCURRENTLY]."""
    part = getattr(command, "def").partition_cmd
    parent, draft = altering.table, altering.draft
    child = draft.schema.assumed_of(part.name)
    default = parent.default_partition
    if part.concurrent:
        _detach_concurrently(altering, default)
        return
    altering.lock([parent], AX)
    altering.lock([child], AX if draft.server_major >= DETACHED_IS_LOCKED_SINCE else SUX)
    if default is not None:
        altering.lock([default], AX)
    if any(trigger.is_for_each_row for trigger in parent.triggers.values()):
        altering.lock(child.family(), AX)  # their copies of its row triggers go
    _release_foreign_keys(altering, child)


def _release_foreign_keys(altering: Altering, child: Relation) -> None:
    """Its parts of the parent's foreign keys become its own: new triggers on the other table.

    Parts of foreign keys that point to it go, once it is proven that no row uses them.
    """
    altering.draft.lock_all((index for index in child.indexes if index.parent is not None), AX)
    for part in child.referenced_by:
        if part.parent is not None:
            altering.lock([part.table], AX)
            altering.draft.scan(part.table)
            altering.draft.drop(*identity(part))
    for foreign_key in child.foreign_keys():
        if foreign_key.parent is not None and foreign_key.target is not None:
            altering.draft.lock(foreign_key.target, SRX)


def _detach_concurrently(altering: Altering, default: Relation | None) -> None:
    draft = altering.draft
    draft.can_be_in_transaction = False
    if draft.is_in_transaction:
        raise FailedError("ALTER TABLE ... DETACH CONCURRENTLY cannot run inside a transaction block")
    if default is not None:
        raise FailedError("cannot detach partitions concurrently when a default partition exists")
    # Its locks are momentary: between its two transactions it waits without any.
    draft.wait_for_snapshots()


def finalize(altering: Altering, command: Any) -> None:
    """DETACH PARTITION … FINALIZE."""
    child = altering.draft.schema.assumed_of(getattr(command, "def").partition_cmd.name)
    altering.lock([altering.table], SUX)
    altering.lock([child], AX)


def inherit(altering: Altering, command: Any) -> None:
    """INHERIT."""
    altering.lock([altering.table], AX)
    altering.lock([altering.draft.schema.assumed_of(getattr(command, "def").range_var)], SUX)


def no_inherit(altering: Altering, command: Any) -> None:
    """NO INHERIT."""
    altering.lock([altering.table], AX)
    altering.lock([altering.draft.schema.assumed_of(getattr(command, "def").range_var)], LockMode.ACCESS_SHARE)
